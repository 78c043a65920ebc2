"""How one of several processes of a run ends: at once, and with nothing lost."""

import atexit
import multiprocessing
import os
import signal
import sys
import time

import pytest

from glcnet_mm.console import tool
from glcnet_mm.errors import UserError

FORK = multiprocessing.get_context('fork')


def _signalled(number):
    os.kill(os.getpid(), number)
    time.sleep(60)


def _refuse():
    raise UserError('scene.tif is empty; copy it again.')


def _rank(main, output):
    """The process of a rank; what it prints stays in a buffer, as in a log file."""
    tool._shares_run = lambda: True
    for descriptor in (1, 2):
        os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), descriptor)
    sys.stdout, sys.stderr = (open(number, 'w') for number in (1, 2))
    # SIGINT may be ignored where the tests run in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    atexit.register(print, 'at exit')
    tool.run_tool(lambda: (sys.stdout.write('loss 0.5\n'), main()))
    time.sleep(60)  # not reached, nor is the end of the interpreter


def _end_of(main, output):
    process = FORK.Process(target=_rank, args=(main, str(output)))
    process.start()
    process.join(50)
    if process.is_alive():
        process.kill()
    return process.exitcode


@pytest.mark.parametrize(
    'main, status, told',
    [
        (lambda: None, 0, ''),
        (lambda: sys.exit(75), 75, ''),
        (lambda: sys.exit('nothing to do'), 1, 'nothing to do'),
        (_refuse, 1, 'Error: scene.tif is empty; copy it again.'),
        (lambda: _signalled(signal.SIGTERM), 143, ''),
        (lambda: _signalled(signal.SIGINT), 130, 'Stopped.'),
    ],
)
def test_a_rank_keeps_its_status_and_all_that_it_said(tmp_path, main, status, told):
    output = tmp_path / 'output.txt'
    output.touch()
    assert _end_of(main, output) == status, output.read_text()
    lines = output.read_text().splitlines()
    assert 'loss 0.5' in lines and 'at exit' in lines and told in ['', *lines]


def test_a_rank_whose_output_finds_no_room_keeps_its_status():
    assert _end_of(lambda: None, '/dev/full') == 0
    assert _end_of(lambda: sys.exit(75), '/dev/full') == 75
