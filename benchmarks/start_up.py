"""What it costs to start: ``--help`` of every tool, and a run of a study.

    python tools/make_sample.py data/sample
    python benchmarks/start_up.py

Writes benchmarks/results/start_up.json: processor seconds, medians with the least and
the most. A run is told as a study makes it, forked from a process that has the imports,
and as ``--cell`` makes it, in a process of its own; both with so few iterations that
the rest shows.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from common import processor, write_result

from glcnet_mm.shipped import shipped_file
from glcnet_mm.studies.definition import Study, read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.plan import plan_cells
from glcnet_mm.studies.worker import run_or_be_busy, write_to

REPEATS = 3
# Two lengths, so that the iterations' own seconds can be taken off.
SHORT, LONG = 10, 30
STUDY = """
_base_ = '{base}'
methods = dict(_delete_=True, Random=dict())
fractions, seeds, panels = [1.0], [0], 0
data = dict(test=dict(stride=192))
finetuning = dict(iterations={iterations}, batch_size=4)
work_dir = '{folder}/out'
"""


def of_process(pid: int) -> float:
    """Processor seconds of a process that is waited for."""
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f'It ended with {os.waitstatus_to_exitcode(status)}.')
    return used.ru_utime + used.ru_stime


def of_command(*command: str | Path) -> float:
    """Processor seconds of a command."""
    arguments = [sys.executable, *map(str, command)]
    return of_process(subprocess.Popen(arguments, stdout=subprocess.DEVNULL).pid)


def of_run(iterations: int, cell: bool = False) -> float:
    """Processor seconds of a run of a study, forked or by ``--cell``."""
    base = shipped_file('configs', 'studies', 'sample.py').as_posix()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'study.py')
        path.write_text(STUDY.format(base=base, iterations=iterations, folder=folder))
        study = read_study(path)
        (name,) = plan_cells(study)
        if cell:
            tool = shipped_file('tools', 'label_efficiency.py')
            return of_command(tool, path, '--cell', name)
        draw_splits(study)
        return of_process(_fork(study, name, f'{folder}/log.txt'))


def _fork(study: Study, name: str, log: str) -> int:
    pid = os.fork()
    if not pid:
        write_to(log)
        run_or_be_busy(study, plan_cells(study)[name])
        os._exit(0)
    return pid


def spread(measure: Callable[[], float]) -> dict[str, float]:
    """Median, least and most of several measurements."""
    times = [measure() for _ in range(REPEATS)]
    found = dict(median=statistics.median(times), least=min(times), most=max(times))
    return {name: round(value, 2) for name, value in found.items()}


def main() -> None:
    """Measures and writes."""
    os.environ['OMP_NUM_THREADS'] = '1'
    tools = sorted(shipped_file('tools').glob('*.py'))
    short, long = (spread(lambda n=n: of_run(n)) for n in (SHORT, LONG))
    each = (long['median'] - short['median']) / (LONG - SHORT)
    write_result(
        'start_up',
        dict(
            processor=processor(),
            threads=1,
            repeats=REPEATS,
            help={
                path.stem: spread(lambda p=path: of_command(p, '-h')) for path in tools
            },
            run_of_a_study={
                f'{SHORT} iterations': short,
                f'{LONG} iterations': long,
                'beyond its iterations': round(short['median'] - SHORT * each, 2),
                f'{SHORT} iterations by --cell': spread(lambda: of_run(SHORT, True)),
            },
        ),
    )


if __name__ == '__main__':
    main()
