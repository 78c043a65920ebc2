"""A config that is written as text in milliseconds.

mmengine lays its text out with yapf, which takes half a second, six times a run and
again with every checkpoint.
"""

import math
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any

from mmengine.config import Config

WIDTH, INDENT = 88, 4


class ReadableConfig(Config):
    """mmengine's config with another layout of ``pretty_text``."""

    @classmethod
    def of(cls, config: Config) -> 'ReadableConfig':
        """The same config, sharing its content."""
        other = cls.__new__(cls)
        other.__setstate__(config.__getstate__())
        return other

    @property
    def pretty_text(self) -> str:
        """Python text that reads as the same config."""
        return config_text(self.to_dict())


def config_text(settings: Mapping[str, Any]) -> str:
    """Settings as Python text, in the order of their names."""
    lines = []
    for name, value in sorted(settings.items()):
        start = f'{name} = '
        lines.append(f'{start}{_text(value, 0, WIDTH - len(start))}\n')
    return ''.join(lines)


def _text(value: Any, indent: int = 0, room: float = math.inf) -> str:
    """A value on one line if it fits into ``room`` characters, else a line an item."""
    if not isinstance(value, Mapping | list | tuple) or not value:
        return _plain(value)
    opening, closing, items = _parts(value)
    comma = ',' * (isinstance(value, tuple) and len(value) == 1)
    line = ', '.join(f'{name}{_text(item)}' for name, item in items)
    line = f'{opening}{line}{comma}{closing}'
    if len(line) <= room:
        return line
    inner = indent + INDENT
    lines = [
        f'{" " * inner}{name}{_text(item, inner, WIDTH - inner - len(name) - 1)},'
        for name, item in items
    ]
    return '\n'.join([opening, *lines, ' ' * indent + closing])


def _parts(value: Mapping | list | tuple) -> tuple[str, str, list[tuple[str, Any]]]:
    """Brackets, and items with what stands before each."""
    if isinstance(value, Mapping):
        if all(map(_is_name, value)):
            return 'dict(', ')', [(f'{key}=', value[key]) for key in sorted(value)]
        keys = sorted(value, key=str)
        return '{', '}', [(f'{key!r}: ', value[key]) for key in keys]
    opening, closing = '()' if isinstance(value, tuple) else '[]'
    return opening, closing, [('', item) for item in value]


def _is_name(key: Any) -> bool:
    return isinstance(key, str) and key.isidentifier() and not iskeyword(key)


def _plain(value: Any) -> str:
    if isinstance(value, type):
        return repr(f'{value.__module__}.{value.__qualname__}')
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return repr(value)
