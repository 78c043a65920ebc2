"""Reading the weights of checkpoints, without running any code in them."""

import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch import Tensor

from ..reading import DAMAGE


def _history_method(owner: object, name: str) -> object:
    """The one use mmengine's checkpoints make of getattr: names of statistics."""
    if owner is not HistoryBuffer and not isinstance(owner, HistoryBuffer):
        raise pickle.UnpicklingError(f'getattr of {owner} in a checkpoint')
    if name not in ('mean', 'max', 'min', 'current', 'stats'):
        raise pickle.UnpicklingError(f'getattr "{name}" in a checkpoint')
    return getattr(owner, name)


# What mmengine keeps in its own checkpoints beside tensors and plain values.
MMENGINE_TYPES = [
    HistoryBuffer,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(kind)) for kind in ('float64', 'float32', 'int64', 'int32')),
    (np.ndarray.__reduce__(np.empty(0))[0], 'numpy._core.multiarray._reconstruct'),
    (np.float64(0).__reduce__()[0], 'numpy._core.multiarray.scalar'),
    (_history_method, 'builtins.getattr'),
]


def read_checkpoint(path: str | Path) -> dict[str, Tensor]:
    """Reads the weights of a checkpoint, without running any code in it.

    Returns:
        ``{name: tensor}`` under the names they have there; see ``translate``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not a checkpoint, or holds more than weights.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'The checkpoint {path} does not exist; run the pre-training first or '
            f'correct its path.'
        )
    try:
        with torch.serialization.safe_globals(MMENGINE_TYPES):
            content = torch.load(path, map_location='cpu', weights_only=True)
    except (*DAMAGE, pickle.UnpicklingError, AssertionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f'{path} is not a checkpoint that can be read safely ({reason}); give one '
            f'that holds only tensors and plain values.'
        ) from error
    weights = _find_weights(content)
    if not weights:
        raise ValueError(f'{path} holds no weights; give a checkpoint of a model.')
    return weights


def _find_weights(content: object) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    for key in ('state_dict', 'model', 'model_state_dict'):
        if isinstance(content.get(key), Mapping):
            content = content[key]
            break
    return {k: v for k, v in content.items() if isinstance(v, Tensor)}
