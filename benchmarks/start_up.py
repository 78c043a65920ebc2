"""What it costs to start: ``--help``, a first iteration, and a run of a study.

    python tools/make_sample.py data/sample
    python benchmarks/start_up.py

Writes benchmarks/results/start_up.json: processor seconds, medians with the least and
the most. A run is told as a study makes it, forked from a process that has the imports,
and as ``--cell`` makes it, in a process of its own; both with so few iterations that
the rest shows. The rest is told apart: the frozen probe, the saves, the test of a few
windows, and all else. The first iteration is that of a pre-training on 2,000 tiles,
whose headers are read once without and once with a catalogue of them; beside it stands
what torch and its optimiser take alone, and with the models of mmseg and mmpretrain.
``elapsed`` is by the clock.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import rasterio
from common import processor, smooth_pixels, write_result
from rasterio.transform import from_origin

from glcnet_mm.engine.hooks.safe_checkpoint import SafeCheckpointHook
from glcnet_mm.engine.hooks.start_probe import StartProbeHook
from glcnet_mm.engine.runner import ReadableRunner
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

# What a run does beside its iterations, and the methods that do it.
PARTS = {
    'frozen probe': (StartProbeHook, 'before_train'),
    'saves': (SafeCheckpointHook, '_save_checkpoint_with_step'),
    'test': (ReadableRunner, 'test'),
}

TILES, SIDE = 2000, 256
PRETRAINING = """
_base_ = '{base}'
train_dataloader = dict(
    batch_size=8,
    dataset=dict(data_root='{folder}', images='tiles', catalogue={catalogue!r}),
)
train_cfg = dict(max_iters=1)
"""
TORCH_ALONE = 'import torch; torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])'
STOCK_ALONE = f'import mmpretrain.models, mmseg.models; {TORCH_ALONE}'


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


def of_run(iterations: int, cell: bool = False) -> dict[str, float]:
    """Processor seconds of a run: by ``--cell``, or forked, then with its parts."""
    base = shipped_file('configs', 'studies', 'sample.py').as_posix()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'study.py')
        path.write_text(STUDY.format(base=base, iterations=iterations, folder=folder))
        study = read_study(path)
        (name,) = plan_cells(study)
        if cell:
            tool = shipped_file('tools', 'label_efficiency.py')
            return dict(all=of_command(tool, path, '--cell', name))
        draw_splits(study)
        every = of_process(_fork(study, name, folder))
        return dict(all=every, **json.loads(Path(folder, 'parts.json').read_text()))


def _fork(study: Study, name: str, folder: str) -> int:
    pid = os.fork()
    if not pid:
        write_to(f'{folder}/log.txt')
        parts = {part: clocked(*method) for part, method in PARTS.items()}
        run_or_be_busy(study, plan_cells(study)[name])
        Path(folder, 'parts.json').write_text(
            json.dumps({part: sum(times) for part, times in parts.items()})
        )
        os._exit(0)
    return pid


def clocked(owner: type, name: str) -> list[float]:
    """Processor seconds of each call of a method from now on, in this process."""
    method, times = getattr(owner, name), []

    def call(*args: object, **kwargs: object) -> object:
        begin = time.process_time()
        try:
            return method(*args, **kwargs)
        finally:
            times.append(time.process_time() - begin)

    setattr(owner, name, call)
    return times


def write_tiles(folder: Path) -> None:
    """Tiles of four bands in one CRS, as large as imagery of them is."""
    folder.mkdir()
    pixels = smooth_pixels(4, SIDE)
    profile = dict(driver='GTiff', count=4, width=SIDE, height=SIDE, dtype='uint8')
    profile.update(crs='EPSG:32633', compress='deflate')
    for number in range(TILES):
        place = from_origin(500_000 + 2 * SIDE * number, 5_400_000, 2, 2)
        path = folder / f'{number:04d}.tif'
        with rasterio.open(path, 'w', transform=place, **profile) as target:
            target.write(np.roll(pixels, number, 1))


def first_iterations() -> dict[str, dict]:
    """Of the whole command, with and without noted headers, after a first start."""
    base = shipped_file('configs', 'glcnet', 'glcnet_r18_small_sample.py').as_posix()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        write_tiles(Path(folder, 'tiles'))
        for name, notes in (
            ('headers read', None),
            ('headers noted', f'{folder}/headers.json'),
        ):
            path = Path(folder, 'config.py')
            path.write_text(
                PRETRAINING.format(base=base, folder=folder, catalogue=notes)
            )
            command = (shipped_file('tools', 'train.py'), path)
            command += ('--work-dir', f'{folder}/out')
            of_command(*command)
            found[name] = of_commands(*command)
    found['torch and Adam alone'] = of_commands('-c', TORCH_ALONE)
    found['with mmseg and mmpretrain'] = of_commands('-c', STOCK_ALONE)
    return found


def of_commands(*command: str | Path) -> dict:
    """Spread of the processor time, and the median by the clock."""
    elapsed = []

    def measure() -> float:
        begin = time.perf_counter()
        busy = of_command(*command)
        elapsed.append(time.perf_counter() - begin)
        return busy

    return dict(spread(measure), elapsed=round(statistics.median(elapsed), 2))


def study_runs() -> dict[str, dict | float]:
    """Of a run of a study: short and long, and what it takes beside its iterations."""
    runs = {n: [of_run(n) for _ in range(REPEATS)] for n in (SHORT, LONG)}
    short, long = (spread_of([run['all'] for run in runs[n]]) for n in (SHORT, LONG))
    each = (long['median'] - short['median']) / (LONG - SHORT)
    beside = short['median'] - SHORT * each
    parts = {p: statistics.median(run[p] for run in runs[SHORT]) for p in PARTS}
    parts['all else'] = beside - sum(parts.values())
    return {
        f'{SHORT} iterations': short,
        f'{LONG} iterations': long,
        'beside its iterations': round(beside, 2),
        'of which': {part: round(seconds, 2) for part, seconds in parts.items()},
        f'{SHORT} iterations by --cell': spread(lambda: of_run(SHORT, True)['all']),
    }


def spread(measure: Callable[[], float]) -> dict[str, float]:
    """Median, least and most of several measurements."""
    return spread_of([measure() for _ in range(REPEATS)])


def spread_of(times: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    found = dict(median=statistics.median(times), least=min(times), most=max(times))
    return {name: round(value, 2) for name, value in found.items()}


def main() -> None:
    """Measures and writes."""
    os.environ['OMP_NUM_THREADS'] = '1'
    tools = sorted(shipped_file('tools').glob('*.py'))
    first = first_iterations()
    write_result(
        'start_up',
        dict(
            processor=processor(),
            threads=1,
            repeats=REPEATS,
            help={
                path.stem: spread(lambda p=path: of_command(p, '-h')) for path in tools
            },
            first_iteration_on_2000_tiles=first,
            run_of_a_study=study_runs(),
        ),
    )


if __name__ == '__main__':
    main()
