"""What a step of the demonstration shows while it runs."""

import io

import pytest

from glcnet_mm.console.progress import Relay, is_progress
from glcnet_mm.demo.steps import call_tool
from glcnet_mm.errors import UserError


def test_a_step_shows_progress_and_time_and_is_done_once(tmp_path, capfd):
    call = (tmp_path, 'data/classes.json', 'make_sample.py', 'data')
    call_tool(*call)
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == 'make_sample.py data'
    assert is_progress(lines[1].strip()) and ' of 10 scenes ' in lines[1]
    assert lines[-1].startswith('  took ')
    log = (tmp_path / 'data/make_sample.log').read_text()
    assert '10 of 10 scenes (100 %), done in ' in log
    call_tool(*call)
    assert capfd.readouterr().out == ''


def test_a_failed_step_ends_with_its_sentence(tmp_path):
    with pytest.raises(UserError, match='make_splits.py failed .*none.py does not'):
        call_tool(tmp_path, 'w.tsv', 'make_splits.py', 'none.py', 'w.tsv')


def test_progress_of_another_process_comes_through():
    now, stream = [0.0], io.StringIO()
    relay = Relay(stream, lambda: now[0])
    for done in range(1, 31):
        now[0] += 1
        relay.show('Training data\n')
        relay.show(f'{done} of 30 steps ({done * 100 // 30} %), 1 s left\n')
    lines = stream.getvalue().splitlines()
    assert lines[0] == '  1 of 30 steps (3 %), 1 s left'
    assert len(lines) == 3
