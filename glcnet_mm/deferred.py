"""A package that is imported when something of it is asked for.

mmseg imports timm, with torchvision's networks some 400 modules, for one backbone that
few configs name.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """Has the attributes of the package of its name, which it then imports."""

    def __getattr__(self, name: str) -> Any:
        _remove(self)
        return getattr(import_module(self.__name__), name)


@contextmanager
def deferred(name: str) -> Iterator[None]:
    """Who imports a package meanwhile gets a stand-in, and others the package.

    One that is not installed, or imported already, is left alone.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None:
        yield
        return
    stand_in = StandIn(name)
    # What looks through all modules, as ``inspect`` does, asks for no more than these.
    stand_in.__spec__, stand_in.__file__ = spec, spec.origin
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        _remove(stand_in)


def _remove(stand_in: StandIn) -> None:
    if sys.modules.get(stand_in.__name__) is stand_in:
        del sys.modules[stand_in.__name__]
