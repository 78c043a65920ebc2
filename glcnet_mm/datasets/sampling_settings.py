"""Which windows of its rasters a data set takes, and groups of settings in general."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import UserError
from ..nearest_name import nearest
from .old_spelling import new_spelling

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Group = TypeVar('Group', bound='DataclassInstance')


@dataclass(frozen=True)
class Sampling:
    """Which windows an epoch takes.

    Attributes:
        stride: Of the grid, in pixels; the side of a window when None.
        num_windows: Draw this many random windows per epoch instead of the grid.
        windows_per_region: With ``num_windows``: this many neighbouring samples come
            from one place, which is read once; see ``shared_reads``.
        windows_file: Use only the listed windows of the grid; ``tools/make_splits``.
        max_invalid_share: Draw another window when more of one is nodata.

    Raises:
        UserError: They do not go together.
    """

    stride: int | None = None
    num_windows: int | None = None
    windows_per_region: int = 1
    windows_file: str | None = None
    max_invalid_share: float = 1.0

    def __post_init__(self) -> None:
        count = self.windows_per_region
        if count < 1 or count != int(count):
            raise UserError(f'windows_per_region must be 1, 2, 3, ..., got {count!r}.')
        drawn = self.num_windows is not None and self.windows_file is None
        if count > 1 and not drawn:
            raise UserError(
                f'windows_per_region={count} draws random windows: set num_windows, '
                f'and no windows_file, or leave it at 1.'
            )


def group(kind: type[Group], name: str, settings: Mapping[str, Any] | None) -> Group:
    """A group of settings from a config.

    Args:
        kind: Its dataclass.
        name: Of the setting that holds it.
        settings: What the config says.

    Raises:
        UserError: It has no setting of one of the names.
    """
    settings = dict(settings or {})
    known = [field.name for field in fields(kind)]
    for key in settings:
        if key not in known:
            right = nearest(key, known, alike=0.6)
            remedy = f'did you mean {right}?' if right else f'there are {known}.'
            raise UserError(f'{name} has no setting {key}; {remedy}')
    return kind(**settings)


def with_sampling(data: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """A data set's settings with others of its ``sampling``; the rest of it stays."""
    data = new_spelling(data)
    return dict(data, sampling={**(data.get('sampling') or {}), **changes})
