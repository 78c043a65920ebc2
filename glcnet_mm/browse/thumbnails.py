"""Small pictures of large rasters, without reading all of them."""

import numpy as np
from rasterio.errors import RasterioError

from ..datasets.raster_io import (
    RasterInfo,
    RasterReadError,
    Window,
    open_raster,
    raster_info,
    read_window,
)
from ..datasets.validity import is_nodata, mask_bands

MAX_READ = 10**8
"""Pixels of a raster without overviews that may be decoded for its thumbnail."""
POINTS = 24


def thumbnail(
    path: str, bands: list[int], side: int = 360
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels ``(h, w, C)`` of a whole raster and their validity ``(h, w)``.

    Overviews are used where the file has them. A large raster without them is shown by
    the few pixels of a coarse grid, for reading any coarser picture decodes all of it.

    Raises:
        RasterReadError: The raster is damaged.
    """
    info = raster_info(path)
    try:
        with open_raster(path) as source:
            large = info.width * info.height > MAX_READ
            if large and not source.overviews(bands[0]):
                return _from_grid(info, bands)
            scale = max(info.width, info.height, side) / side
            shape = tuple(max(1, round(n / scale)) for n in (info.height, info.width))
            # One by one: rasterio refuses to read bands of different types together.
            data = np.stack(
                [source.read(b, out_shape=shape, out_dtype=info.dtype) for b in bands]
            )
            valid = ~is_nodata(data, [source.nodatavals[band - 1] for band in bands])
            if data.dtype.kind == 'f':
                valid &= np.isfinite(data).all(0)
            masks = mask_bands(source, bands)
            if masks:
                valid &= source.read_masks(masks, out_shape=(len(masks), *shape)).all(0)
    except RasterioError as error:
        raise RasterReadError(
            f'{path} is damaged or truncated and cannot be read as a whole ({error}); '
            f'copy the file again or remove it.'
        ) from error
    data[:, ~valid] = 0
    return data.transpose(1, 2, 0), valid


def _from_grid(info: RasterInfo, bands: list[int]) -> tuple[np.ndarray, np.ndarray]:
    longest = max(info.width, info.height)
    rows, columns = (
        max(1, round(POINTS * n / longest)) for n in (info.height, info.width)
    )
    image = np.zeros((rows, columns, len(bands)), info.dtype)
    valid = np.zeros((rows, columns), bool)
    for row in range(rows):
        for column in range(columns):
            x = int((column + 0.5) * info.width / columns)
            y = int((row + 0.5) * info.height / rows)
            pixels, good = read_window(info.path, Window(x, y, 1, 1), bands)
            image[row, column], valid[row, column] = pixels[0, 0], good[0, 0]
    return image, valid
