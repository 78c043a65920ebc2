"""Settings of data sets as they were spelt before they stood in groups."""

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, TypeGuard

from mmengine.logging import print_log

# Old name: group and name in it. The old ``labels`` are the files.
MOVED = {
    'stride': ('sampling', 'stride'),
    'num_windows': ('sampling', 'num_windows'),
    'windows_per_region': ('sampling', 'windows_per_region'),
    'windows_file': ('sampling', 'windows_file'),
    'max_invalid_share': ('sampling', 'max_invalid_share'),
    'label_ids': ('labels', 'ids'),
    'label_colours': ('labels', 'colours'),
    'ignored_colours': ('labels', 'ignored_colours'),
}


def is_group(labels: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether ``labels`` are settings; pairs of text are replacements in paths."""
    return isinstance(labels, Mapping) and not all(
        isinstance(value, str) for value in labels.values()
    )


def new_spelling(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a data set in groups; an old name overrides what a group says."""
    found = {key: value for key, value in settings.items() if key not in MOVED}
    for key in settings:
        if key not in MOVED:
            continue
        group, name = MOVED[key]
        inside = found.get(group)
        if group == 'labels' and not is_group(inside):
            inside = dict(files=inside)
        found[group] = {**(inside or {}), name: settings[key]}
    return found


def old_spelling(part: Any) -> Any:
    """Nested settings without groups: equal settings, however they are spelt."""
    if isinstance(part, list | tuple):
        return [old_spelling(item) for item in part]
    if not isinstance(part, Mapping):
        return part
    part = {key: old_spelling(value) for key, value in part.items()}
    flat = {key: part[key] for key in part if not _is_group(key, part[key])}
    for old, (group, name) in MOVED.items():
        if _is_group(group, part.get(group)) and name in part[group]:
            flat[old] = part[group][name]
    if _is_group('labels', part.get('labels')):
        flat['labels'] = part['labels'].get('files')
    return flat


def _is_group(key: str, value: Any) -> bool:
    if key == 'labels':
        return is_group(value)
    return key == 'sampling' and isinstance(value, Mapping)


def reads_old_spelling(initialise: Callable) -> Callable:
    """An ``__init__`` that takes the old names, too, and says once what to write."""

    @wraps(initialise)
    def with_groups(self: object, *args: object, **settings) -> None:
        old = tuple(key for key in settings if key in MOVED)
        if old:
            _note(old)
        initialise(self, *args, **new_spelling(settings))

    signature = inspect.signature(initialise)
    kind = inspect.Parameter.KEYWORD_ONLY
    names = [inspect.Parameter(name, kind, default=None) for name in MOVED]
    # inspect looks for it there; the type of a function does not know of it.
    with_groups.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *names]
    )
    return with_groups


@cache
def _note(old: tuple[str, ...]) -> None:
    groups: dict[str, list[str]] = {}
    for key in old:
        group, name = MOVED[key]
        groups.setdefault(group, []).append(f'{name}=...')
    if 'labels' in groups:
        groups['labels'].insert(0, 'files=...')
    spelt = ', '.join(f'{g}=dict({", ".join(n)})' for g, n in groups.items())
    print_log(
        f'{", ".join(old)} of a data set: this spelling is old and will go; write '
        f'{spelt}.',
        logger='current',
        level=logging.WARNING,
    )
