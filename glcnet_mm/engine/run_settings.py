"""What a run's result depends on, kept in its checkpoints and compared on resuming."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from mmengine.runner import Runner

from ..errors import UserError

PARTS = (
    'model',
    'train_dataloader',
    'optim_wrapper',
    'param_scheduler',
    'train_cfg',
    'custom_hooks',
    'auto_scale_lr',
)
# These change how fast samples come, not what they are; ExactResumeHook compares the
# number of samples in a step by itself.
WITHOUT_EFFECT = (
    'num_workers',
    'persistent_workers',
    'pin_memory',
    'prefetch_factor',
    'batch_size',
    'catalogue',
)
# The state in the checkpoint would be of something else.
CANNOT_CHANGE = ('optim_wrapper.optimizer.type', 'train_cfg.type')
# The state in the checkpoint wins.
STAYS = ('optim_wrapper.optimizer.', 'param_scheduler.')
SHOWN = 8


def run_settings(runner: Runner) -> dict[str, str]:
    """Settings, data and machine of a run as text, by dotted name."""
    found: dict[str, str] = {}
    for part in PARTS:
        value = runner.cfg.get(part)
        if value is not None:
            _flatten(part, value, found)
    found |= _data(runner.train_dataloader.dataset)
    found['threads'] = str(torch.get_num_threads())
    found['device'] = torch.device(next(runner.model.parameters()).device).type
    found['torch'] = str(torch.__version__)
    return found


def changed_settings(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of what differs, in order."""
    names = sorted({**before, **now})
    return [name for name in names if before.get(name) != now.get(name)]


def describe_changes(
    before: Mapping[str, str], now: Mapping[str, str], names: list[str]
) -> str:
    """Lines that name each change with both values."""
    lines = [
        f'  {name}: {before.get(name, "not set")} there, {now.get(name, "not set")} now'
        + (", and the checkpoint's stays" if name.startswith(STAYS) else '')
        for name in names[:SHOWN]
    ]
    if len(names) > SHOWN:
        lines.append(f'  and {len(names) - SHOWN} more')
    return '\n'.join(lines)


def refuse_changes(
    before: Mapping[str, str], now: Mapping[str, str], names: list[str]
) -> None:
    """Refuses to go on with what the state in the checkpoint does not fit.

    Raises:
        UserError: It names the setting.
    """
    both = [name for name in names if name in before and name in now]
    wrong = [name for name in both if name in CANNOT_CHANGE]
    schedulers = [_schedulers(settings) for settings in (before, now)]
    if before and schedulers[0] != schedulers[1]:
        was, is_now = (', '.join(types) or 'none' for types in schedulers)
        raise UserError(
            f'The run cannot be resumed: its schedules were {was} and are {is_now} '
            f'now; restore them in the config, or start a run in another work_dir.'
        )
    if wrong:
        name = wrong[0]
        raise UserError(
            f'The run cannot be resumed: {name} was {before[name]} and is {now[name]} '
            f'now; restore it in the config, or start a run in another work_dir.'
        )


def refuse_other_model(model: torch.nn.Module, weights: Mapping) -> None:
    """Refuses a checkpoint of a run with another model.

    Raises:
        UserError: It names the first weight that does not fit.
    """
    own = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    there = {name.removeprefix('module.'): value for name, value in weights.items()}
    for name, shape in own.items():
        was = tuple(there[name].shape) if name in there else None
        if was != shape:
            found = 'is not in the checkpoint' if was is None else f'is {was} there'
            raise UserError(
                f'The run cannot be resumed: its model has changed ({name} {found}, '
                f'{shape} in the model now); restore the config, or start a run in '
                f'another work_dir.'
            )


def _flatten(name: str, value: Any, found: dict[str, str]) -> None:
    """Leaves of nested settings."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in WITHOUT_EFFECT:
                _flatten(f'{name}.{key}', item, found)
    elif isinstance(value, list | tuple) and any(
        isinstance(item, Mapping) for item in value
    ):
        for number, item in enumerate(value):
            _flatten(f'{name}.{number}', item, found)
    else:
        text = repr(list(value) if isinstance(value, tuple) else value)
        if len(text) > 100:
            text = f'{text[:60]}... ({hashlib.sha256(text.encode()).hexdigest()[:8]})'
        found[name] = text


def _data(dataset: Any) -> dict[str, str]:
    """The rasters and windows that the settings find, which can change without them."""
    found = {'samples': str(len(dataset))}
    parts = getattr(dataset, 'datasets', [dataset])
    for number, part in enumerate(parts):
        index = getattr(part, 'index', None)
        if index is None:
            continue
        name = f'images.{number}' if len(parts) > 1 else 'images'
        facts = [(info.path, info.width, info.height) for info in index.infos]
        found[name] = f'{len(facts)} ({_mark(facts)})'
        if getattr(part, 'listed', None) is not None:
            listed = f'{len(part.listed)} ({_mark(part.listed)})'
            found[name.replace('images', 'listed windows')] = listed
    return found


def _mark(facts: list) -> str:
    """A short mark that changes with the facts."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def _schedulers(settings: Mapping[str, str]) -> list[str]:
    """Types of the schedules, in order."""
    names = sorted(name for name in settings if name.startswith('param_scheduler.'))
    return [
        settings[name]
        for name in names
        if name.count('.') < 3 and name.endswith('.type')
    ]
