"""Which arguments a class takes, parents behind ``**kwargs`` included."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache

from torch import nn


@cache
def accepted_arguments(called: Callable) -> frozenset[str] | None:
    """Names of the arguments, or None where any may be taken.

    Args:
        called: A class or a function.
    """
    if not inspect.isclass(called):
        direct, rest = _parameters(called)
        return frozenset(direct) if rest is None else None
    names: set[str] = set()
    for parent in called.__mro__:
        initialise = vars(parent).get('__init__')
        if initialise is None:
            continue
        if parent in (object, nn.Module):
            return frozenset(names)
        own, rest = _parameters(initialise)
        names |= own
        if rest is None:
            return frozenset(names)
        if not _only_passes_on(initialise, rest):
            return None
    return None


def _parameters(function: Callable) -> tuple[set[str], str | None]:
    """Names of the arguments, and of the one that takes all others."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set(), 'unknown'
    rest = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    names = {p.name for p in parameters if p.kind not in kinds} - {'self'}
    return names, (rest[0] if rest else None)


def _only_passes_on(initialise: Callable, rest: str) -> bool:
    """Whether all that an ``__init__`` does with its rest is to give it to a parent."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(initialise)))
    except (OSError, TypeError, SyntaxError):
        return False
    uses = sum(isinstance(n, ast.Name) and n.id == rest for n in ast.walk(tree))
    return uses == 1 and any(_passes_on(node, rest) for node in ast.walk(tree))


def _passes_on(node: ast.AST, rest: str) -> bool:
    """Whether it is ``super().__init__(..., **rest)``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    parent = node.func.value
    of_parent = getattr(parent.func, 'id', '') if isinstance(parent, ast.Call) else ''
    return (
        node.func.attr == '__init__'
        and of_parent == 'super'
        and any(
            k.arg is None and getattr(k.value, 'id', '') == rest for k in node.keywords
        )
    )
