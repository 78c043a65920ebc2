"""Tools in processes of their own, forked from one that has imported everything.

For tests that need a process, such as one to kill, but not a fresh interpreter.
"""

import os
import runpy
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch

from glcnet_mm.engine import finite
from glcnet_mm.studies.worker import fork_server, set_environment, write_to

ROOT = Path(__file__).parents[1]


class ForkedTool:
    """A tool that runs, in a session of its own; its output goes to ``log``."""

    def __init__(self, tool, *arguments, cwd, log, **environment):
        self.log = Path(log)
        self.log.write_text('')
        settings = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(ROOT))
        settings |= environment
        command = [str(part) for part in (ROOT / 'tools' / tool, *arguments)]
        self._process = fork_server(settings).Process(
            target=_run, args=(command, str(cwd), str(log), settings)
        )
        self._process.start()
        self.pid = self._process.pid

    def poll(self):
        return self._process.exitcode

    def wait(self, seconds=600):
        self._process.join(seconds)
        assert self.poll() is not None, f'still running: {self.output[-2000:]}'
        return self.poll()

    @property
    def output(self):
        return self.log.read_text()

    def kill(self, group=False):
        """At once, alone or with everything that it has started."""
        (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)
        self._process.join()

    def wait_until(self, ready, seconds=600):
        """Until ``ready()``, while it goes on."""
        end = time.monotonic() + seconds
        while not ready():
            assert self.poll() is None, (self.poll(), self.output[-3000:])
            assert time.monotonic() < end, self.output[-3000:]
            time.sleep(0.05)


def another_has_nan(monkeypatch):
    """As if a second process had found NaN in ``x``; the ways of asking it."""
    asked = []

    def reduce(good, how):
        asked.append(how)
        good.zero_()

    other = SimpleNamespace(
        all_reduce=reduce, all_gather_object=lambda bad: [bad, ['x']]
    )
    monkeypatch.setattr(finite, 'dist', other)
    return asked


def _run(command, folder, log, environment):
    os.setsid()
    set_environment(environment)
    os.chdir(folder)
    write_to(log)
    torch.set_num_threads(1)
    sys.argv = command
    runpy.run_path(command[0], run_name='__main__')
