"""A process for every run of a study, forked from one that has imported everything.

A fresh interpreter would spend seconds on imports for every run.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import numpy as np
import torch

from ..console.quiet import import_scope
from ..console.tool import run_tool
from ..locks import InUse
from ..shipped import PACKAGE
from .definition import Study
from .plan import Cell
from .runs import run_cell

# Exit status of a cell that another process is running.
BUSY = 75
SCOPES = ('mmseg', 'mmpretrain')

# The server of the forks imports this module before the first of them; every run's
# visualizer asks for matplotlib.
for scope in SCOPES:
    import_scope(scope)
importlib.import_module('matplotlib.figure')


def start_run(
    study: Study, cell: Cell, log: Path, environment: Mapping[str, str]
) -> ForkServerProcess:
    """Starts a run; its output is added to ``log``.

    Args:
        study: Whose.
        cell: Which.
        log: All that the process writes goes there.
        environment: Of the process.
    """
    context = fork_server(environment)
    process = context.Process(
        target=_run, args=(study, cell, str(log), dict(environment))
    )
    process.start()
    return process


def fork_server(environment: Mapping[str, str]) -> ForkServerContext:
    """Starts the process that has imported everything, unless it is there.

    Args:
        environment: Libraries read their numbers of threads from it when they are
            loaded, so the server needs them as well as the children.
    """
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([__name__])
    before = dict(os.environ)
    # It must import what this process has imported, wherever that lies.
    paths = [str(PACKAGE.parent), environment.get('PYTHONPATH')]
    os.environ.update(environment, PYTHONPATH=os.pathsep.join(filter(None, paths)))
    try:
        forkserver.ensure_running()
    finally:
        set_environment(before)
    return context


def run_or_be_busy(study: Study, cell: Cell) -> None:
    """Runs a cell; ends the process with ``BUSY`` if another one is at it."""
    try:
        run_cell(study, cell)
    except InUse as error:
        print(error)  # noqa: T201
        sys.exit(BUSY)


def _run(study: Study, cell: Cell, log: str, environment: dict[str, str]) -> None:
    """The child: as if it had been started by itself."""
    set_environment(environment)
    write_to(log)
    _end_with_the_study()
    if (threads := environment.get('OMP_NUM_THREADS', '')).isdigit():
        torch.set_num_threads(int(threads))
    np.random.seed()
    run_tool(lambda: run_or_be_busy(study, cell))


def set_environment(environment: Mapping[str, str]) -> None:
    """Makes it the environment of this process."""
    os.environ.clear()
    os.environ.update(environment)


def write_to(log: str) -> None:
    """From now on the output of this process is added to a file."""
    with open(log, 'ab') as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    sys.stdout, sys.stderr = (
        open(descriptor, 'w', 1, 'utf-8', 'backslashreplace', closefd=False)
        for descriptor in (1, 2)
    )


def _end_with_the_study() -> None:
    """A study that is killed leaves no run behind: it saves its state and ends."""
    study = multiprocessing.parent_process()
    assert study is not None  # of a child

    def follow() -> None:
        study.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()
