"""Reading files of weights without running any code in them.

The one reader of checkpoints. It has no second try with full unpickling.
"""

import codecs
import collections
import pickle
import re
import types
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from ...errors import MissingFileError, UserError


def can_allow_names(version: str) -> bool:
    """Whether a version of torch can be told of names beside types, as since 2.6."""
    return tuple(map(int, version.split('.')[:2])) >= (2, 6)


HAS_ALLOW_LIST = can_allow_names(torch.__version__)


def _history_method(owner: object, name: str) -> object:
    """The one use mmengine's checkpoints make of getattr: names of statistics."""
    if owner is not HistoryBuffer and not isinstance(owner, HistoryBuffer):
        raise pickle.UnpicklingError(f'getattr of {owner} in a checkpoint')
    if name not in ('mean', 'max', 'min', 'current', 'stats'):
        raise pickle.UnpicklingError(f'getattr "{name}" in a checkpoint')
    return getattr(owner, name)


_ARRAY = np.ndarray.__reduce__(np.empty(0))[0]
_SCALAR = np.float64(0).__reduce__()[0]

# What mmengine keeps in its own checkpoints beside tensors and plain values.
MMENGINE_TYPES = [
    HistoryBuffer,
    slice,
    np.ndarray,
    np.dtype,
    *dict.fromkeys(type(np.dtype(kind)) for kind in '?bhilqBHILQefdFDUS'),
    # numpy 1 and numpy 2 call them differently, whichever reads the file.
    *(
        (function, f'numpy.{core}.multiarray.{name}')
        for core in ('core', '_core')
        for name, function in (('_reconstruct', _ARRAY), ('scalar', _SCALAR))
    ),
    (_history_method, 'builtins.getattr'),
]


def load_safely(
    path: str | Path, map_location: Any = 'cpu', mmap: bool = False
) -> object:
    """Reads what ``torch.save`` wrote; only tensors, arrays and plain values.

    Args:
        path: A zip, legacy or tar file of ``torch.save``.
        map_location: As of ``torch.load``.
        mmap: Leave the tensors on the disk, of a zip file.

    Raises:
        MissingFileError: There is no such file.
        UserError: It is damaged, no checkpoint, or asks for more than that.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise MissingFileError(
            f'The checkpoint {path} does not exist: correct its path, or run first '
            f'what writes it.'
        )
    try:
        return _load(path, dict(map_location=map_location, mmap=mmap or None))
    except MemoryError:
        raise
    except Exception as error:  # torch raises almost anything on a foreign file
        raise UserError(
            f'The checkpoint {path} cannot be read safely: it is damaged, or holds '
            f'more than weights ({_reason(error)}). Give a whole one of only tensors '
            f'and plain values.'
        ) from error


def _reason(error: Exception) -> str:
    """What a library says about a file, in short; torch's advice is to run its code."""
    if unknown := re.search(r'GLOBAL ([\w.]+)', str(error)):
        return f'it asks for {unknown[1]}'
    text = str(error).partition('WeightsUnpickler error: ')[2] or str(error)
    if text.startswith('Weights only load failed'):
        return 'no file of torch.save'
    first = text.strip().split('\n', 1)[0]
    return f'{type(error).__name__}: {" ".join(first.split())[:200]}'


def _load(path: Path, settings: dict) -> object:
    if HAS_ALLOW_LIST:
        with torch.serialization.safe_globals(MMENGINE_TYPES):
            return torch.load(path, weights_only=True, **settings)
    # It maps what a string names, not what a path does.
    return torch.load(
        str(path), weights_only=False, pickle_module=restricted_pickle(), **settings
    )


def restricted_pickle() -> types.ModuleType:
    """A stand-in for the module ``pickle`` that finds allowed names only.

    For torch up to 2.5, whose own restricted reader cannot be told of further names,
    and up to 2.5.1 can be led around its restriction by tar files.
    """
    allowed = _allowed_names()

    # In Python, for the one in C cannot be kept from changing what it finds. Its stack
    # and dispatch are in no type stubs.
    python_unpickler: Any = pickle._Unpickler

    class Unpickler(python_unpickler):
        dispatch = dict(python_unpickler.dispatch)

        def load_build(self) -> None:
            changed = self.stack[-2]
            if isinstance(changed, type | types.FunctionType | types.ModuleType):
                raise pickle.UnpicklingError(f'a change of {changed} is not allowed')
            super().load_build()

        dispatch[pickle.BUILD[0]] = load_build

        def find_class(self, module: str, name: str) -> object:
            # Files written with protocol 2 have the names of Python 2.
            module, name = NAME_MAPPING.get((module, name), (module, name))
            found = allowed.get(f'{IMPORT_MAPPING.get(module, module)}.{name}')
            if found is None:
                raise pickle.UnpicklingError(f'{module}.{name} is not allowed')
            return found

    def load(file: Any, **settings: Any) -> object:
        return Unpickler(file, **settings).load()

    module = types.ModuleType('restricted_pickle')
    vars(module).update(Unpickler=Unpickler, load=load)
    return module


def _allowed_names() -> dict[str, object]:
    """What tensors are made of, and ``MMENGINE_TYPES``, by full name."""
    rebuilders = ('_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_parameter')
    kinds = [item for item in vars(torch).values() if isinstance(item, torch.dtype)]
    named: list[Callable | tuple] = [
        collections.OrderedDict,
        collections.Counter,
        (codecs.encode, '_codecs.encode'),  # for bytes
        set,
        bytearray,
        complex,
        torch.Size,
        torch.Tensor,
        torch.device,
        torch.nn.parameter.Parameter,
        *((getattr(torch._utils, name), f'torch._utils.{name}') for name in rebuilders),
        *torch._storage_classes,
        *((kind, str(kind)) for kind in kinds),
        *MMENGINE_TYPES,
    ]
    pairs = (item if isinstance(item, tuple) else (item, _name(item)) for item in named)
    return {name: item for item, name in pairs}


def _name(item: Callable) -> str:
    return f'{item.__module__}.{item.__qualname__}'
