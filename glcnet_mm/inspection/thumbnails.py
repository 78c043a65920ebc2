"""Small pictures of large rasters, without reading all of them."""

import numpy as np

from ..rasters.raster_io import (
    RasterInfo,
    Window,
    overview_factors,
    raster_info,
    read_window,
)
from ..rasters.validity import Bands, as_choice

MAX_READ = 10**8
"""Pixels of a raster without overviews that may be decoded for its thumbnail."""
POINTS = 24


def thumbnail(
    path: str, bands: Bands, side: int = 360
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels ``(h, w, C)`` of a whole raster and their validity ``(h, w)``.

    Overviews are used where the file has them. A large raster without them is shown by
    the few pixels of a coarse grid, for reading any coarser picture decodes all of it.

    Raises:
        RasterReadError: The raster is damaged.
    """
    info = raster_info(path)
    large = info.width * info.height > MAX_READ
    if large and not overview_factors(path):
        return _from_grid(info, bands)
    scale = max(info.width, info.height, side) / side
    size = max(1, round(info.width / scale)), max(1, round(info.height / scale))
    return read_window(path, Window(0, 0, info.width, info.height), bands, size)


def _from_grid(info: RasterInfo, bands: Bands) -> tuple[np.ndarray, np.ndarray]:
    longest = max(info.width, info.height)
    rows, columns = (
        max(1, round(POINTS * n / longest)) for n in (info.height, info.width)
    )
    count = len(as_choice(bands).numbers(info.bands, info.alpha))
    image = np.zeros((rows, columns, count), info.dtype)
    valid = np.zeros((rows, columns), bool)
    for row in range(rows):
        for column in range(columns):
            x = int((column + 0.5) * info.width / columns)
            y = int((row + 0.5) * info.height / rows)
            pixels, good = read_window(info.path, Window(x, y, 1, 1), bands)
            image[row, column], valid[row, column] = pixels[0, 0], good[0, 0]
    return image, valid
