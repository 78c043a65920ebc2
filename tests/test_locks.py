"""One process at a time, and those who share."""

import shutil
import subprocess
import sys

import pytest

from glcnet_mm.locks import InUse, held, release, shared, take
from tests.held_locks import HOLD, other_process


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path):
    path = tmp_path / 'lock'
    with other_process(path):
        with pytest.raises(InUse, match='in use'):
            take(path, 'in use')
        with pytest.raises(InUse), shared(path, 'in use'):
            pass
    take(path, 'in use')
    take(path, 'in use')  # by the same process
    release(path)
    release(path)
    with shared(path, 'in use'), shared(path, 'in use'):
        pass
    with held(path, 'in use'):
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_file_was_removed_is_taken_anew(tmp_path):
    """As by a user who empties the folder between two runs of one process."""
    path = tmp_path / 'run/lock'
    take(path, 'in use')
    shutil.rmtree(path.parent)
    take(path, 'in use')
    assert path.exists()
    script = HOLD.replace('FileLock(sys.argv[1])', 'FileLock(sys.argv[1], timeout=0)')
    other = subprocess.run(
        [sys.executable, '-c', script, str(path)], capture_output=True, text=True
    )
    assert 'held' not in other.stdout and 'Timeout' in other.stderr
    release(path)


def test_nobody_works_alone_beside_those_who_share(tmp_path):
    path = tmp_path / 'lock'
    with other_process(tmp_path / 'lock.0123'):
        with pytest.raises(InUse, match='in use'), held(path, 'in use'):
            pass
        with shared(path, 'in use'):
            assert len(list(tmp_path.iterdir())) == 3
    with held(path, 'in use'):
        assert list(tmp_path.iterdir()) == [path]
