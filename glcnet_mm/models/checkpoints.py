"""Reading the weights of checkpoints, without running any code in them."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from .safe_pickle import load_safely


def read_checkpoint(path: str | Path) -> dict[str, Tensor]:
    """Reads the weights of a checkpoint, without running any code in it.

    Returns:
        ``{name: tensor}`` under the names they have there; see ``translate``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is not a checkpoint, or holds more than weights.
    """
    weights = _find_weights(load_safely(path))
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
