"""How long the cells of a study take: measured, or known from those that are done."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ..launch import build_runner
from .configs import finetuning_config, pretraining_config
from .definition import Study
from .plan import Cell
from .result_file import read_run

PROBE_ITERATIONS = 5
# Iterations that include starting workers and choosing algorithms.
WARM_UP = 2
Durations = dict[tuple[str, str], float]


def known_durations(study: Study, cells: Mapping[str, Cell]) -> Durations:
    """Mean seconds of the done cells, by kind and method, and by kind alone."""
    found: dict[tuple[str, str], list[float]] = {}
    for cell in cells.values():
        path = study.folder.run(cell.name).result
        if path.exists():
            seconds = read_run(path).seconds
            for method in (cell.method.name, ''):
                found.setdefault((cell.kind, method), []).append(seconds)
    return {key: float(np.mean(values)) for key, values in found.items()}


def expected_seconds(cell: Cell, durations: Durations) -> float | None:
    """What a cell will take, if anything is known of its kind."""
    by_kind = durations.get((cell.kind, ''))
    return durations.get((cell.kind, cell.method.name), by_kind)


def measure_durations(
    study: Study, cells: Mapping[str, Cell], left: Sequence[Cell]
) -> Durations:
    """Runs a few iterations of every pre-training and of one fine-tuning a segmentor.

    Nothing of these runs is kept. What the done ones of ``cells`` tell of those that
    are ``left`` is not measured again.
    """
    durations = known_durations(study, cells)
    for cell in left:
        # A segmentor of its own may take several times as long as the study's.
        by_itself = cell.kind == 'pretraining' or cell.method.segmentor
        key = (cell.kind, cell.method.name if by_itself else '')
        if key not in durations:
            durations[key] = _measure(study, cell)
    return durations


@HOOKS.register_module()
class IterationClockHook(Hook):
    """Notes when each training iteration ends."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Notes one."""
        self.times.append(time.monotonic())


def train_clocked(config: Config, folder: str) -> tuple[Runner, list[float]]:
    """Trains without checkpoints, for its time.

    Returns:
        The runner, and the seconds from the start to the end of each iteration.
    """
    config.default_hooks.pop('checkpoint')
    config.default_hooks.progress = None
    config.log_level = 'ERROR'
    config.work_dir = folder
    # The runner's parts are global by these names.
    config.experiment_name = config.visualizer.name = Path(folder).name
    runner = build_runner(config)
    clock = IterationClockHook()
    runner.register_hook(clock)
    start = time.monotonic()
    runner.train()
    return runner, [end - start for end in clock.times]


def _measure(study: Study, cell: Cell) -> float:
    """Seconds of a whole cell, from a few of its iterations and test batches."""
    if cell.kind == 'pretraining':
        config = pretraining_config(study, cell.method, cell.pretraining_seed)
    else:
        windows = str(study.folder.split(cell.fraction, cell.seed, cell.choice))
        config = finetuning_config(study, cell.method, windows, cell.seed, None)
    iterations = config.train_cfg.max_iters
    config.train_cfg.max_iters = PROBE_ITERATIONS
    with tempfile.TemporaryDirectory() as folder:
        runner, ends = train_clocked(config, folder)
        each = float(np.mean(np.diff(ends)[WARM_UP - 1 :]))
        overhead = ends[0]
        testing = 0.0 if cell.kind == 'pretraining' else _time_test(runner)
    return overhead + iterations * each + testing


def _time_test(runner: Runner) -> float:
    loader = Runner.build_dataloader(runner._test_dataloader)
    runner.model.eval()
    times = [time.monotonic()]
    for _, batch in zip(range(WARM_UP + 2), loader, strict=False):
        runner.model.test_step(batch)
        times.append(time.monotonic())
    return float(np.mean(np.diff(times)[1:])) * len(loader) if len(times) > 2 else 0.0
