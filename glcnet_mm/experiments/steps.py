"""Steps of an experiment: calls of the tools, each done once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def call_tool(folder: Path, product: str | None, tool: str, *args: str) -> None:
    """Calls a tool in ``folder`` unless its product is there.

    Args:
        folder: Working folder of the call; the output goes to ``<tool>.log`` in it.
        product: File that the step makes, relative to the folder; None always runs.
        tool: Name of a file in ``tools/``.
        *args: Its arguments.

    Raises:
        ValueError: The tool failed; its output is in the named file.
    """
    if product and (folder / product).exists():
        return
    print(f'{tool} {Path(args[0]).stem}', flush=True)  # noqa: T201
    # The Makefile's single thread is for tests; here every core that is free.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1
    log = folder / f'{Path(tool).stem}.log'
    with open(log, 'w', encoding='utf-8') as output:
        done = subprocess.run(
            [sys.executable, str(ROOT / 'tools' / tool), *args],
            cwd=folder,
            env=dict(os.environ, OMP_NUM_THREADS=str(cores)),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        last = log.read_text(encoding='utf-8').strip().splitlines()[-1:]
        raise ValueError(f'{tool} failed ({" ".join(last)}); its output is in {log}.')


def train_once(folder: Path, config: str, work_dir: str, *options: str) -> str:
    """Trains, or goes on with it, until done once; returns the last checkpoint."""
    done = folder / work_dir / 'finished'
    if not done.exists():
        settings = ['--cfg-options', *options] if options else []
        call_tool(
            folder, None, 'train.py', config, '--work-dir', work_dir, '--resume',
            *settings,
        )  # fmt: skip
        done.write_text((folder / work_dir / 'last_checkpoint').read_text())
    return done.read_text().strip()
