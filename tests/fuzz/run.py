"""Runs cases in processes that are replaced when one hangs or dies."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from .worker import Outcome, work

FORK = multiprocessing.get_context('fork')
# Of the processor, for others may use the machine; and of the clock, for what waits.
HANG_SECONDS = 5.0
WAIT_SECONDS = 60.0
START_SECONDS = 300.0


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    folder: tempfile.TemporaryDirectory
    names: list[tuple[str, str]]
    case: int = -1
    since: float = 0.0
    used: float = 0.0

    def give(self, case: int) -> None:
        self.case, self.since = case, time.monotonic()
        self.used = _processor_seconds(self.process.pid)
        self.connection.send(case)

    def hangs(self) -> bool:
        used = _processor_seconds(self.process.pid) - self.used
        return used > HANG_SECONDS or time.monotonic() - self.since > WAIT_SECONDS

    def failed(self, kind: str) -> Outcome:
        group, name = self.names[self.case % len(self.names)]
        seconds = time.monotonic() - self.since
        return Outcome(self.case, group, name, kind, seconds)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()
        self.folder.cleanup()


def fuzz(
    seed: int,
    first: int = 0,
    cases: int | None = None,
    seconds: float | None = None,
    workers: int = 1,
) -> Iterator[Outcome]:
    """Outcomes of cases, in the order they end.

    Args:
        seed: Seed and number tell all of a case.
        first: Number of the first case.
        cases: How many; no bound when None.
        seconds: Until no further case is begun; no bound when None.
        workers: Processes at a time.
    """
    left = count(first) if cases is None else iter(range(first, first + cases))
    team = [_start(seed) for _ in range(workers)]
    deadline = time.monotonic() + (seconds or float('inf'))
    try:
        for worker, case in zip(team, list(islice(left, len(team))), strict=False):
            worker.give(case)
        while busy := [worker for worker in team if worker.case >= 0]:
            wait([worker.connection for worker in busy], timeout=0.5)
            for worker in busy:
                outcome = _outcome(worker)
                if outcome is None:
                    continue
                if outcome.kind in ('hang', 'crash'):
                    worker.end()
                    team[team.index(worker)] = worker = _start(seed)
                worker.case = -1
                case = next(left, None) if time.monotonic() < deadline else None
                if case is not None:
                    worker.give(case)
                yield outcome
    finally:
        for worker in team:
            worker.end()


def _start(seed: int) -> _Worker:
    ours, theirs = FORK.Pipe()
    folder = tempfile.TemporaryDirectory(prefix='fuzz')
    arguments = (theirs, Path(folder.name), seed)
    process = FORK.Process(target=work, args=arguments, daemon=True)
    process.start()
    theirs.close()
    if not ours.poll(START_SECONDS):
        raise RuntimeError('A process did not write its sound files.')
    return _Worker(process, ours, folder, ours.recv())


def _outcome(worker: _Worker) -> Outcome | None:
    """What became of the case of a worker; None while it goes on."""
    try:
        if worker.connection.poll():
            return worker.connection.recv()
    except (EOFError, ConnectionResetError):
        return worker.failed('crash')
    return worker.failed('hang') if worker.hangs() else None


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
