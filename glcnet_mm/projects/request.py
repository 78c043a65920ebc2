"""What a new project is made from."""

from collections.abc import Sequence
from typing import NamedTuple


class Request(NamedTuple):
    """What the user said; see ``tools/new_project.py``.

    Attributes:
        further: Rasters, or folders of them, whose bands follow those of the images;
            see ``further_rasters``.
        window: Side in pixels of the windows that are read; by ``size`` when None.
        iterations: Of a training; by ``size`` and machine when None.
        batch_size: Windows, or pairs of views, of an iteration; likewise.
    """

    images: Sequence[str]
    out: str
    labels: str | None = None
    further: Sequence[str] = ()
    classes: str | None = None
    class_column: str | None = None
    bands: Sequence[int] | None = None
    size: str = 'small'
    window: int | None = None
    iterations: int | None = None
    batch_size: int | None = None
