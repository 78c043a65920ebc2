"""Two processes that agree on when to stop, and one that gets no answer."""

import os
import signal
import time

import pytest

from glcnet_mm.engine.stop_request import StopRequest
from tests.two_processes import run_on_two


def ask_one(rank):
    stop = StopRequest(60)
    stop.listen()
    if rank == 1:
        os.kill(os.getpid(), signal.SIGTERM)
    agreed = stop.agreed(due=rank == 0)
    stop.close()
    return agreed


def wait_in_vain(rank, done):
    """Seconds after which the first gives up; the other waits for the end of that."""
    stop, begun = StopRequest(2), time.monotonic()
    if rank == 0:
        with pytest.raises(RuntimeError):
            stop.agreed()
        done.touch()
    while not done.exists() and time.monotonic() - begun < 60:
        time.sleep(0.05)
    return time.monotonic() - begun


def test_what_one_is_asked_all_do():
    assert run_on_two(ask_one) == [(True, True)] * 2


def test_a_process_that_does_not_answer_is_waited_for_no_longer_than_said(tmp_path):
    assert 1 < run_on_two(wait_in_vain, tmp_path / 'done')[0] < 40
