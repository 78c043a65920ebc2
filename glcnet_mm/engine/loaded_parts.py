"""Which parameters and modules of a segmentor a loading level names."""

from collections.abc import Sequence

from torch import nn

from ..errors import UserError
from ..models.weights.levels import CLASSIFIER, parts_of_level


def is_loaded(name: str, level: str | Sequence[str]) -> bool:
    """Whether a level loads the parameter or module of this name."""
    if name.startswith(CLASSIFIER):
        return False
    parts = parts_of_level(level)
    return any(name == part or name.startswith(f'{part}.') for part in parts)


def loaded_parameters(
    model: nn.Module, level: str | Sequence[str]
) -> dict[str, nn.Parameter]:
    """Name to parameter of all that a level loads.

    Raises:
        UserError: The model has no such parts.
    """
    found = {n: p for n, p in model.named_parameters() if is_loaded(n, level)}
    if not found:
        raise UserError(
            f'{type(model).__name__} has no parts of the level {level}; give the '
            f'level that LoadPretrainedHook loads.'
        )
    return found
