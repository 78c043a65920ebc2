"""Settings that the part they are given to does not take."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmengine.config import ConfigDict
from mmengine.registry import (
    DATA_SAMPLERS,
    DATASETS,
    EVALUATOR,
    HOOKS,
    LOOPS,
    METRICS,
    MODELS,
    OPTIM_WRAPPERS,
    OPTIMIZERS,
    PARAM_SCHEDULERS,
    TRANSFORMS,
    VISBACKENDS,
    VISUALIZERS,
    Registry,
)
from torch.utils.data import DataLoader

from ..errors import UserError
from ..nearest_name import nearest
from .accepted import accepted_arguments

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# Whose parts can be of more kinds than one come with all of them.
REGISTRIES: dict[str, tuple[Registry, ...]] = {
    'model': (MODELS,),
    'train_cfg': (LOOPS,),
    'val_cfg': (LOOPS,),
    'test_cfg': (LOOPS,),
    'optim_wrapper': (OPTIM_WRAPPERS, OPTIMIZERS),
    'param_scheduler': (PARAM_SCHEDULERS,),
    'val_evaluator': (METRICS, EVALUATOR),
    'test_evaluator': (METRICS, EVALUATOR),
    'default_hooks': (HOOKS, MODELS),
    'custom_hooks': (HOOKS, MODELS),
    'visualizer': (VISUALIZERS, VISBACKENDS),
    **dict.fromkeys(LOADERS, (DATASETS, TRANSFORMS, DATA_SAMPLERS)),
}
# Taken by the builders, before a class sees them.
BY_BUILDERS = {
    'optim_wrapper': {'constructor', 'optimizer', 'paramwise_cfg', 'dtype'},
    'param_scheduler': {'convert_to_iter_based'},
    'train_cfg': {'by_epoch'},
    'visualizer': {'name'},
}
ALWAYS = {'type', '_scope_', '_delete_'}
OF_LOADERS = {'dataset', 'sampler', 'batch_sampler', 'num_batch_per_epoch'}


def check_arguments(config: Mapping) -> None:
    """Refuses settings that would stop a run only when their part is built.

    Raises:
        UserError: It names the setting, and the right name where one is near.
    """
    scope = config.get('default_scope', 'mmengine')
    for name in LOADERS:
        _check_loader(name, config.get(name))
    for name, registries in REGISTRIES.items():
        extras = BY_BUILDERS.get(name, set()) | ALWAYS
        for place, part in _parts(name, config.get(name)):
            _check_part(place, part, _kinds(part['type'], registries, scope), extras)


def _parts(place: str, tree: Any) -> Iterator[tuple[str, Mapping]]:
    """All settings with a type. What builders of layers read is left out."""
    if isinstance(tree, Mapping):
        if 'type' in tree:
            yield place, tree
        for key, value in tree.items():
            if not str(key).endswith('_cfg'):
                yield from _parts(f'{place}.{key}', value)
    elif isinstance(tree, list | tuple):
        for number, value in enumerate(tree):
            yield from _parts(f'{place}[{number}]', value)


def _kinds(kind: Any, registries: tuple[Registry, ...], scope: str) -> list[Callable]:
    """What a type may stand for."""
    if not isinstance(kind, str):
        return [kind] if callable(kind) else []
    found = []
    for registry in registries:
        with registry.switch_scope_and_registry(scope) as own:
            found.append(own.get(kind))
    return [called for called in found if called is not None]


def _check_part(
    place: str, part: Mapping, kinds: list[Callable], extras: set[str]
) -> None:
    taken = set(extras)
    if not kinds:
        return
    for called in kinds:
        accepted = accepted_arguments(called)
        if accepted is None:
            return
        taken |= accepted
    kind = kinds[0].__name__
    _refuse(place, part, taken, f'{kind} takes no argument of this name')


def _check_loader(place: str, loader: Mapping | None) -> None:
    if isinstance(loader, ConfigDict | dict):
        taken = {*inspect.signature(DataLoader.__init__).parameters} | OF_LOADERS
        _refuse(place, loader, taken, 'a data loader takes no setting of this name')


def _refuse(place: str, part: Mapping, taken: set[str], why: str) -> None:
    for key in part:
        if key in taken:
            continue
        right = nearest(key, taken, alike=0.6)
        known = ', '.join(sorted(taken - ALWAYS - {'self'})[:12])
        remedy = f'did you mean {right}?' if right else f'there are {known}.'
        raise UserError(f'{place}.{key}: {why}; {remedy}')
