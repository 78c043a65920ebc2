"""Ending a run in order when the system (SIGTERM) or the user (Ctrl-C) asks for it."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import active_children
from multiprocessing.util import Finalize
from typing import Any

import torch
from mmengine import dist

from ..console.tool import INTERRUPTED_STATUS, STATUS

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """Notes SIGTERM and Ctrl-C; all processes agree on the iteration to stop after.

    A second Ctrl-C ends the process at once.

    Args:
        timeout: Seconds to wait for the other processes.
    """

    def __init__(self, timeout: float) -> None:
        self._signal = 0
        self._before: dict[int, Any] = {}
        self._group: Any = None  # one of torch's, of which every process is a member
        self._distributed = dist.get_world_size() > 1
        if self._distributed:
            # Of its own on the CPU, so that no GPU is waited for.
            self._group = torch.distributed.new_group(
                backend='gloo', timeout=timedelta(seconds=timeout)
            )

    def listen(self) -> None:
        """From now on the signals are noted instead of ending the process at once."""
        # Python lets only the main thread set handlers.
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._note) for s in SIGNALS}

    def close(self) -> None:
        """Restores what the signals did before."""
        for number, action in self._before.items():
            signal.signal(number, action)
        self._before = {}

    @property
    def asked(self) -> bool:
        """Whether this process was asked to stop."""
        return self._signal > 0

    @property
    def status(self) -> int:
        """What the process shall end with."""
        return INTERRUPTED_STATUS if self._signal == signal.SIGINT else STATUS

    @property
    def sign(self) -> str:
        """What asked, in words."""
        return 'Ctrl-C' if self._signal == signal.SIGINT else 'SIGTERM'

    def agreed(self, due: bool = False) -> tuple[bool, bool]:
        """What all processes do next; to be called on all after every iteration.

        Args:
            due: Whether this process finds that the state should be saved.

        Returns:
            Whether any process was asked to stop, and whether any finds a save due.
        """
        if not self._distributed:
            return self.asked, due
        flags = torch.tensor([self.asked, due], dtype=torch.int32)
        torch.distributed.all_reduce(
            flags, torch.distributed.ReduceOp.MAX, group=self._group
        )
        stop, due = map(bool, flags)
        return stop, due

    def wait_for_all(self) -> None:
        """Keeps processes that are done from ending the ones that still write."""
        if self._distributed:
            torch.distributed.barrier(group=self._group)

    def _note(self, number: int, frame: Any) -> None:
        again = number == signal.SIGINT == self._signal
        self._signal = self._signal or number
        if again:
            raise KeyboardInterrupt


class SpareWorker:
    """Keeps a worker of a data loader alive when SIGTERM goes to a whole job.

    Without its workers a process could not end the iteration it is asked to stop after.
    So a worker leaves the group of its parent, and the first SIGTERM that still reaches
    it, as schedulers signal every process of a job step, has no effect. The second ends
    it: the data loader may have to. A worker ends with its parent, however that ends.

    Args:
        then: Further initialisation of the worker.
    """

    def __init__(self, then: Callable[[int], None] | None) -> None:
        self.then = then
        Finalize(None, _end_workers, exitpriority=0)

    def __call__(self, worker: int) -> None:
        """Prepares a worker."""
        if hasattr(os, 'setpgrp'):  # Windows has no groups of processes
            os.setpgrp()
        signal.signal(signal.SIGTERM, _spared_once)
        if self.then is not None:
            self.then(worker)


def _end_workers() -> None:
    """At the end of a process, which otherwise sends one SIGTERM and waits for ever."""
    for child in active_children():
        if child.daemon:
            child.kill()


def _spared_once(number: int, frame: Any) -> None:
    signal.signal(number, signal.SIG_DFL)
