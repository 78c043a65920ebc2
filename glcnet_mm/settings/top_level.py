"""Names at the top of a config that nobody reads."""

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from mmengine.runner import Runner

from ..errors import UserError
from ..nearest_name import nearest

# What the tools and the runner's parts read beside the runner's own arguments.
MORE = (
    'custom_imports',
    'find_unused_parameters',
    'model_wrapper_cfg',
    'runner_type',
    'sync_bn',
    'tta_model',
    'tta_pipeline',
)


@cache
def names_read() -> frozenset[str]:
    """Names at the top of a config that a run reads."""
    arguments = set(inspect.signature(Runner.__init__).parameters)
    return frozenset({*arguments, *MORE} - {'self', 'cfg'})


def check_top_level(config: Mapping) -> None:
    """Refuses a name that looks like a misspelling of one that is read.

    Other names are the config's own variables; so is what appears again in a setting.

    Raises:
        UserError: It gives the right name.
    """
    for name, value in config.items():
        right = None if name in names_read() else nearest(name, names_read())
        if right is None or _appears(value, config, names_read()):
            continue
        raise UserError(
            f'The setting {name} at the top of the config is read by nobody; did you '
            f'mean {right}?'
        )


def check_options(config: Mapping, options: Iterable[str]) -> None:
    """Refuses changes on the command line that nobody would read.

    A variable of a config file has been used by the time that these arrive.

    Args:
        config: Before the changes.
        options: Their names, ``a.b.c``.

    Raises:
        UserError: It names the change.
    """
    for option in options:
        name = option.partition('.')[0]
        if name in names_read():
            continue
        right = nearest(name, names_read(), alike=0.6)
        remedy = f'did you mean {right}?' if right else 'name the setting itself.'
        if name in config:
            remedy = (
                'it is a variable of the config file, which has done its work already: '
                'name the setting that it is used in.'
            )
        raise UserError(f'--cfg-options {option}: {name} is read by nobody; {remedy}')


def _appears(value: Any, config: Mapping, names: Iterable[str]) -> bool:
    return any(_contains(config[name], value) for name in names if name in config)


def _contains(tree: Any, value: Any) -> bool:
    if type(tree) is type(value) and tree == value:
        return True
    if isinstance(tree, Mapping):
        return any(_contains(item, value) for item in tree.values())
    if isinstance(tree, list | tuple):
        return any(_contains(item, value) for item in tree)
    return False
