"""Running the cells of a study, several at a time, each in a process of its own."""

import os
import sys
import time
from collections.abc import Mapping
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..console.duration import readable_time
from ..cpu_cores import usable_cores
from ..shipped import shipped_file
from .definition import Study
from .plan import Cell
from .runs import is_done
from .timing import expected_seconds, known_durations
from .worker import BUSY, start_run

POLL_SECONDS = 0.5
BUSY_WAIT_SECONDS = 5.0


def cell_command(study: Study, cell: Cell) -> list[str]:
    """The command that runs one cell; a cluster's scheduler can call it, too."""
    tool = str(shipped_file('tools', 'label_efficiency.py'))
    return [sys.executable, tool, study.path, '--cell', cell.name]


def run_cells(study: Study, cells: Mapping[str, Cell], jobs: int) -> dict[str, str]:
    """Runs what is not done, pre-trainings first.

    A cell that fails does not stop those that do not need it. When this process is
    killed, running cells save their state and end; the next call waits for them and
    goes on from there.

    Returns:
        Names of the failed cells and why.
    """
    return _Run(study, cells, jobs).run()


class _Run:
    def __init__(self, study: Study, cells: Mapping[str, Cell], jobs: int) -> None:
        self.study, self.cells, self.jobs = study, cells, jobs
        self.done = {name for name, cell in cells.items() if is_done(study, cell)}
        self.waiting = [name for name in cells if name not in self.done]
        self.not_before: dict[str, float] = {}
        self.running: dict[str, tuple[ForkServerProcess, int]] = {}
        self.failed: dict[str, str] = {}
        self.durations = known_durations(study, cells)
        self.console = Console(
            soft_wrap=True, highlight=False, markup=False, emoji=False
        )
        # A bar needs a terminal; a log file gets the lines only.
        self.bar = Progress(
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )

    def run(self) -> dict[str, str]:
        try:
            with self.bar:
                task = self.bar.add_task('cells', total=len(self.cells))
                while self.waiting or self.running:
                    self._drop_orphans()
                    self._start()
                    self._collect()
                    self.bar.update(
                        task,
                        completed=len(self.done),
                        description=f'{self._remaining()} left',
                    )
                    self._wait()
        finally:
            for process, _ in self.running.values():
                process.terminate()
        return self.failed

    def _drop_orphans(self) -> None:
        """Gives up cells whose pre-training failed."""
        for name in list(self.waiting):
            needs = self.cells[name].needs
            if needs in self.failed:
                self.waiting.remove(name)
                self.failed[name] = f'it needs {needs}, which failed'

    def _start(self) -> None:
        now = time.monotonic()
        for name in list(self.waiting):
            if len(self.running) == self.jobs:
                return
            needs = self.cells[name].needs
            is_ready = needs is None or needs in self.done
            if is_ready and self.not_before.get(name, now) <= now:
                self.waiting.remove(name)
                slots = {slot for _, slot in self.running.values()}
                slot = next(s for s in range(self.jobs) if s not in slots)
                self.running[name] = (self._spawn(name, slot), slot)

    def _spawn(self, name: str, slot: int) -> ForkServerProcess:
        cell = self.cells[name]
        log = self.study.folder.run(cell.name).log
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, **self._share(slot))
        return start_run(self.study, cell, log, environment)

    def _share(self, slot: int) -> dict[str, str]:
        """A job's share of the machine: cores, and one of several GPUs."""
        threads = str(max(1, usable_cores() // self.jobs))
        # Two studies at a time: whoever sets it knows better than one of them.
        share = dict(OMP_NUM_THREADS=os.environ.get('OMP_NUM_THREADS', threads))
        gpus = torch.cuda.device_count()
        if gpus > 1:
            named = os.environ.get('CUDA_VISIBLE_DEVICES')
            names = named.split(',') if named else [str(i) for i in range(gpus)]
            share['CUDA_VISIBLE_DEVICES'] = names[slot % len(names)]
        return share

    def _wait(self) -> None:
        """Until a run ends, or for a moment."""
        ends = [process.sentinel for process, _ in self.running.values()]
        if ends:
            connection.wait(ends, POLL_SECONDS)
        else:
            time.sleep(POLL_SECONDS)

    def _collect(self) -> None:
        for name, (process, _) in list(self.running.items()):
            status = process.exitcode
            if status is None:
                continue
            del self.running[name]
            if status == BUSY:
                self.waiting.append(name)
                self.not_before[name] = time.monotonic() + BUSY_WAIT_SECONDS
            elif status or not self.study.folder.run(name).result.exists():
                self.failed[name] = self._why(name, status)
                self.console.print(f'failed: {name}: {self.failed[name]}')
            else:
                self.done.add(name)
                self.durations = known_durations(self.study, self.cells)
                count = f'{len(self.done)} of {len(self.cells)}'
                self.console.print(f'{count}: {name}, {self._remaining()} left')

    def _why(self, name: str, status: int) -> str:
        log = self.study.folder.run(name).log
        text = log.read_text(encoding='utf-8', errors='replace')
        lines = [line for line in text.splitlines() if line.strip()]
        # Control sequences would be those of this terminal.
        last = (
            ''.join(c if c.isprintable() else '?' for c in lines[-1].strip())
            if lines
            else f'exit status {status}'
        )
        return f'{last} (see {log})'

    def _remaining(self) -> str:
        left = [*self.waiting, *self.running]
        each = [expected_seconds(self.cells[name], self.durations) for name in left]
        known = [seconds for seconds in each if seconds is not None]
        if len(known) < len(each):
            return 'unknown time'
        # A pre-training can hold up others, but seldom all jobs.
        return readable_time(sum(known) / max(1, min(self.jobs, len(left))))
