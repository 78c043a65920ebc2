"""Running one cell of a study, whole or not at all."""

import hashlib
import json
import platform
import time
from functools import lru_cache
from pathlib import Path

import torch
from mmengine.config import Config

from ..datasets.labelled_and_unlabelled import LabelledAndUnlabelled
from ..datasets.windows import WindowDataset
from ..engine.finite import FiniteWatch
from ..errors import UserError
from ..files import write_json, write_text
from ..launch import build_runner, train
from ..locks import held
from ..reading import read_text
from .configs import finetuning_config, pretraining_config, settings_text
from .convergence import loss_of
from .data import pipeline_of, sampled, with_pipeline
from .definition import Study, locate
from .draws import panel_numbers
from .folder import TRAINING, RunFolder
from .plan import Cell
from .result_file import MEND, read_run


def is_done(study: Study, cell: Cell) -> bool:
    """Whether a cell has its result, made with the study's present settings.

    Raises:
        UserError: It has one that was made with other settings.
    """
    own = study.folder.run(cell.name)
    needed = study.folder.run(cell.needs or cell.name)
    if not (own.result.exists() and needed.result.exists()):
        return False
    _compare_settings(own.settings, cell_settings(study, cell))
    return True


def run_cell(study: Study, cell: Cell) -> None:
    """Trains and, after a fine-tuning, tests; goes on where an earlier run stopped.

    ``result.json`` appears when everything is done. A done cell is left alone.

    Raises:
        InUse: Another process is at it.
        UserError: What it needs is not there, or its folder holds a run with other
            settings.
    """
    folder = study.folder.run(cell.name)
    with held(folder.lock, f'Another process is running {folder.path}.'):
        settings = cell_settings(study, cell)
        if folder.settings.exists():
            _compare_settings(folder.settings, settings)
        if folder.result.exists():
            return
        write_text(folder.settings, settings)
        started = time.monotonic()
        config = cell_config(study, cell)
        config.work_dir = str(folder.training)
        config.resume = True
        if cell.kind == 'pretraining':
            result = _train(config)
        else:
            result = _train_and_test(config, folder, study, cell)
        result.update(seconds=time.monotonic() - started, device=_device())
        write_json(folder.result, result)
        if cell.kind == 'finetuning' and not study.keep_weights:
            for weights in folder.training.glob('*.pth'):
                weights.unlink()


def cell_config(study: Study, cell: Cell) -> Config:
    """The config of a cell's run.

    Raises:
        UserError: The pre-training it starts from is not done.
    """
    if cell.kind == 'pretraining':
        return pretraining_config(study, cell.method, cell.pretraining_seed)
    checkpoint = cell.method.weights and locate(cell.method.weights)
    if cell.needs is not None:
        checkpoint = pretrained_checkpoint(study, cell.needs)
    windows = _windows(study, cell)
    if cell.choice and not windows.exists():
        raise UserError(
            f'{windows} is not chosen yet; run the cell "{cell.choice_needs}" first.'
        )
    return finetuning_config(study, cell.method, str(windows), cell.seed, checkpoint)


def pretrained_checkpoint(study: Study, name: str) -> str:
    """The weights that a pre-training of the study ended with."""
    folder = study.folder.run(name)
    path = folder.result
    if not path.exists():
        raise UserError(f'{folder.path} is not done; run the cell "{name}" first.')
    checkpoint = read_run(path).checkpoint
    if checkpoint is None:
        raise UserError(f'{path} is damaged (it names no checkpoint); {MEND}.')
    weights = folder.path / checkpoint
    # Weights that were removed to save room are no damage.
    if not weights.exists() and any(weights.parent.glob('*.pth')):
        raise UserError(
            f'{path} names {checkpoint}, which is not among the weights there; {MEND}.'
        )
    return str(weights)


def cell_settings(study: Study, cell: Cell) -> str:
    """Everything a cell's result depends on, as text."""
    parts = [settings_text(study, cell_config(study, cell))]
    if cell.kind == 'finetuning':
        parts.append(f'windows {content_hash(_windows(study, cell))}')
    if cell.needs is not None:
        start = study.folder.run(cell.needs)
        parts.append(f'pre-training {content_hash(start.settings)}')
    elif cell.method.weights:
        parts.append(f'weights {file_hash(locate(cell.method.weights))}')
    return '\n'.join(parts) + '\n'


def _train(config: Config) -> dict:
    runner = build_runner(config)
    train(runner)
    FiniteWatch().check(runner.model, 'At the end')
    curve = loss_of(runner)
    last = Path(config.work_dir) / 'last_checkpoint'
    name = Path(last.read_text().strip()).name
    return dict(checkpoint=f'{TRAINING}/{name}', loss=curve)


def _train_and_test(
    config: Config, folder: RunFolder, study: Study, cell: Cell
) -> dict:
    config.test_evaluator.out_file = str(folder.scores)
    probe = folder.probe
    hooks = [*config.custom_hooks, _probe_hook(config, study, cell, probe)]
    if study.panels:
        hook = dict(
            type='KeepWindowsHook',
            numbers=panel_numbers(study),
            out_file=str(folder.panels),
        )
        hooks.append(hook)
    config.custom_hooks = hooks
    runner = build_runner(config)
    train(runner)
    FiniteWatch().check(runner.model, 'At the end')
    curve, ended = loss_of(runner), runner.iter < runner.max_iters
    runner.test()
    labelled = _labelled_windows(runner.train_dataloader.dataset)
    if config.get('val_dataloader'):
        # What is put aside had to be labelled, too.
        labelled += len(runner.val_loop.dataloader.dataset)
    scores = json.loads(folder.scores.read_text())
    return dict(
        labelled_windows=labelled,
        probe=json.loads(probe.read_text()) if probe.exists() else None,
        loss=curve,
        stopped_early=ended,
        overall=scores['overall'],
        f1={name: of['F1'] for name, of in scores['per_class'].items()},
    )


def _labelled_windows(dataset: WindowDataset | LabelledAndUnlabelled) -> int:
    """Windows with labels in a data set that may hold others, too."""
    if isinstance(dataset, LabelledAndUnlabelled):
        return len(dataset.datasets[0])
    return len(dataset)


def _windows(study: Study, cell: Cell) -> Path:
    return study.folder.split(cell.fraction, cell.seed, cell.choice)


def content_hash(path: Path) -> str:
    """Mark of a small file that results depend on.

    Raises:
        UserError: It is not there.
    """
    if not path.is_file():
        raise UserError(
            f'{path}, on which results of this study depend, is missing; put it back, '
            f'or give the study another work_dir.'
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _probe_hook(config: Config, study: Study, cell: Cell, path: Path) -> dict:
    """Measures what the run starts from; no setting of the run depends on it."""
    test = config.test_dataloader.dataset
    windows = str(_windows(study, cell))
    data = sampled(study.data.labelled, windows_file=windows)
    return dict(
        type='StartProbeHook',
        train_dataset=with_pipeline(data, pipeline_of(test)),
        test_dataset=test,
        out_file=str(path),
        level=cell.method.level,
    )


@lru_cache(maxsize=64)
def file_hash(path: str) -> str:
    """Mark of a large file, remembered."""
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def _compare_settings(stored: Path, settings: str) -> None:
    before, now = _settings_lines(stored), settings.splitlines()
    if before == now:
        return
    pairs = [(a, b) for a, b in zip(before, now, strict=False) if a != b]
    was, is_now = pairs[0] if pairs else ('fewer or more lines', 'the study file')
    was, is_now = (line.strip().rstrip(',') for line in (was, is_now))
    raise UserError(
        f'{stored.parent} was run with other settings ({was} there, {is_now} now); '
        f'remove that folder or give the study another work_dir.'
    )


def _settings_lines(stored: Path) -> list[str]:
    if not stored.is_file():
        raise UserError(
            f'{stored}, the settings of the run beside it, is missing; put it back or '
            f'remove {stored.parent} to have that run made again.'
        )
    return read_text(stored).splitlines()


def _device() -> str:
    """Name of what the cell ran on."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    info = Path('/proc/cpuinfo')
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(':')[1].strip() for line in lines if 'model name' in line]
    name = names[0] if names else platform.processor()
    return f'{name}, threads: {torch.get_num_threads()}'
