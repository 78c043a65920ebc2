"""The switches of a fine-tuning and the values that they may have."""

import math
from collections.abc import Mapping

from ..errors import UserError

# What a switch must lie below. The head alone must have fewer iterations than there
# are, which only the study knows.
BELOW = dict(
    pretrained_lr=math.inf,
    lr=math.inf,
    head_first=math.inf,
    layer_decay=1,
    l2_sp=math.inf,
    ema=1,
    early_stopping=1,
)
SWITCHES = frozenset(BELOW)


def check_switches(path: str, where: str, values: Mapping, iterations: int) -> None:
    """Refuses values that are out of range.

    Args:
        path: Of the study.
        where: Which setting holds them.
        values: Settings, of which only switches are looked at.
        iterations: Of the fine-tuning.

    Raises:
        UserError: Names the switch and its limits.
    """
    for name in sorted(SWITCHES & set(values)):
        below = iterations if name == 'head_first' else BELOW[name]
        if not _is_good(name, values[name], below):
            raise UserError(
                f'{path}: {name} of {where} is {values[name]}; it must lie between 0 '
                f'and {below}{", and be whole" * (name == "head_first")}.'
            )


def _is_good(name: str, value: float | None, below: float) -> bool:
    if value is None or (name, value) == ('pretrained_lr', 0):  # loaded parts may rest
        return True
    return 0 < value < below and (name != 'head_first' or value == int(value))
