"""Bands that hold no measurement but say which pixels are some.

A fourth band tagged alpha is transparency in one file and near infrared in the next;
its values tell.
"""

from typing import NamedTuple

import numpy as np
from rasterio import DatasetReader
from rasterio.windows import Window

# Of the pixels that are not 0, so many may be half transparent, at soft edges; of
# measurements nearly all are.
MAX_SOFT = 0.5
# Places along either axis where a band is looked at, and their side in pixels.
PLACES, SIDE = 3, 64
# What stands for opaque, whichever is the first that no pixel exceeds.
FULL = (1, 255, 65535)


class MaskBand(NamedTuple):
    """A band that is 0 where there is no data.

    Attributes:
        band: 1-based.
        full: Value where there is data; at soft edges half of it is enough.
    """

    band: int
    full: float


def looked_at(source: DatasetReader) -> list[Window]:
    """The windows that ``look_at_mask`` reads."""
    numbers = range(PLACES)
    return [_place(source, row, column) for row in numbers for column in numbers]


def look_at_mask(source: DatasetReader, band: int) -> tuple[MaskBand, bool]:
    """A band as a mask, and whether it looks like one."""
    values = np.concatenate(
        [source.read(band, window=window).ravel() for window in looked_at(source)]
    )
    top = values.max()
    largest = np.iinfo(values.dtype).max if values.dtype.kind in 'iu' else np.inf
    full = next((f for f in FULL if top <= f), largest) if top > 0 else 255
    shown = values[values != 0]
    soft = (shown != full).mean() if shown.size else 0
    return MaskBand(band, min(full, largest)), bool(soft <= MAX_SOFT)


def read_mask_band(
    source: DatasetReader,
    mask: MaskBand,
    window: Window,
    shape: tuple[int, int],
    shrunk: bool,
) -> np.ndarray:
    """Validity ``(h, w)`` of a window; a shrunk one is valid where all of it is."""
    values = source.read(mask.band, window=window, out_shape=shape)
    return values >= (mask.full if shrunk else mask.full / 2)


def _place(source: DatasetReader, row: int, column: int) -> Window:
    size = source.height, source.width
    top, left = (
        int((number + 0.5) * length / PLACES) - SIDE // 2
        for number, length in zip((row, column), size, strict=True)
    )
    top, left = max(top, 0), max(left, 0)
    return Window(
        left, top, min(SIDE, source.width - left), min(SIDE, source.height - top)
    )
