"""How tools end: a sentence for what a user can mend, else a traceback."""

import errno

import pytest

from glcnet_mm.console.tool import run_tool
from glcnet_mm.errors import UserError


def ended_by(error):
    def main():
        raise error

    with pytest.raises(SystemExit) as end:
        run_tool(main)
    return end.value.code


def test_what_the_system_says_of_a_file_is_a_sentence():
    full = OSError(errno.ENOSPC, 'No space left on device', 'out/a.tif')
    assert ended_by(full) == "Error: [Errno 28] No space left on device: 'out/a.tif'"
    assert ended_by(UserError('a.tif is\n  damaged.')).startswith('Error: a.tif is')


@pytest.mark.parametrize('error', [OSError(errno.EIO, 'I/O'), RuntimeError('timeout')])
def test_what_names_no_file_keeps_its_traceback(error):
    def main():
        raise error

    with pytest.raises(type(error)):
        run_tool(main)


def test_ctrl_c_ends_with_130():
    assert ended_by(KeyboardInterrupt()) == 130
