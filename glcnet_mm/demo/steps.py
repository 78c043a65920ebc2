"""Steps of an experiment: calls of the tools, each done once."""

import os
import subprocess
import sys
import time
from pathlib import Path

from ..console.duration import readable_time
from ..console.progress import Relay
from ..cpu_cores import usable_cores
from ..errors import UserError
from ..files import write_text
from ..reading import read_text
from ..shipped import shipped_file


def call_tool(folder: Path, product: str, tool: str, *args: str) -> None:
    """Calls a tool in ``folder`` unless its product is there.

    Args:
        folder: Working folder of the call.
        product: File that the step makes, relative to the folder; the tool's output
            goes to ``<tool>.log`` beside it.
        tool: Name of a file of ``tools/``.
        *args: Its arguments.

    Raises:
        UserError: The tool failed; its output is in the named file.
    """
    if (folder / product).exists():
        return
    print(f'{tool} {Path(args[0]).stem}', flush=True)  # noqa: T201
    begun = time.monotonic()
    # The Makefile's single thread is for tests; here every core that is free.
    cores = usable_cores()
    log = (folder / product).parent / f'{Path(tool).stem}.log'
    log.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [sys.executable, str(shipped_file('tools', tool)), *args],
        cwd=folder,
        env=dict(os.environ, OMP_NUM_THREADS=str(cores), PYTHONUNBUFFERED='1'),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding='utf-8',
        errors='replace',
    ) as process:
        _relay(process, log)
    if process.returncode:
        text = log.read_text(encoding='utf-8', errors='replace')
        last = text.strip().splitlines()[-1:]
        raise UserError(f'{tool} failed ({" ".join(last)}); its output is in {log}.')
    print(f'  took {readable_time(time.monotonic() - begun)}', flush=True)  # noqa: T201


def _relay(process: subprocess.Popen, log: Path) -> None:
    """Keeps what a process writes, and shows its progress, until it ends."""
    lines, shown = process.stdout, Relay()
    assert lines is not None  # a pipe
    with open(log, 'w', encoding='utf-8') as output:
        try:
            for line in lines:
                output.write(line)
                output.flush()
                shown.show(line)
        except BaseException:
            # It may have something to save.
            process.terminate()
            output.writelines(lines)
            raise
        finally:
            shown.close()


def train_once(folder: Path, config: str, work_dir: str) -> str:
    """Trains, or goes on with it, until done once; returns the last checkpoint."""
    done = folder / work_dir / 'finished'
    train = ['train.py', config, '--work-dir', work_dir, '--resume']
    call_tool(folder, f'{work_dir}/finished', *train)
    if not done.exists():
        write_text(done, read_text(folder / work_dir / 'last_checkpoint'))
    return read_text(done).strip()
