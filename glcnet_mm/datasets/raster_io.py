"""Reading rasters: headers and windows, through rasterio only.

Other decoders destroy multi-band files silently: a fourth band tagged alpha is
multiplied into the others, 16-bit bands are dropped, damaged data comes back as noise.
"""

import os
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window as RasterioWindow

from .integrity import find_fault, last_block_is_hole
from .validity import mask_bands, valid_pixels

MAX_OPEN_FILES = 64
# Listing a folder of 100 000 tiles costs more than reading one; with TRUE, side-car
# files (masks, nodata, world files) are still looked for by their names.
os.environ.setdefault('GDAL_DISABLE_READDIR_ON_OPEN', 'TRUE')
warnings.filterwarnings('ignore', category=NotGeoreferencedWarning)


class Window(NamedTuple):
    """A rectangle in pixels; may reach over the border of its raster."""

    col: int
    row: int
    width: int
    height: int


class RasterInfo(NamedTuple):
    """What the header of a raster says."""

    path: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    crs: Any
    transform: Any
    masked: bool


class RasterReadError(ValueError):
    """A raster cannot be read; the message names the file."""


class _Handles:
    """Open files of this process, closed in order of last use beyond a bound."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.files: OrderedDict[str, rasterio.DatasetReader] = OrderedDict()

    def get(self, path: str) -> rasterio.DatasetReader:
        if self.pid != os.getpid():
            # A forked worker must not share the file positions of its parent; the
            # parent's handles are dropped without closing them.
            self.pid, self.files = os.getpid(), OrderedDict()
        if path not in self.files:
            self.files[path] = open_raster(path)
            if len(self.files) > MAX_OPEN_FILES:
                self.files.popitem(last=False)[1].close()
        self.files.move_to_end(path)
        return self.files[path]


_HANDLES = _Handles()


def open_raster(path: str) -> rasterio.DatasetReader:
    """Opens a raster that the caller closes.

    Raises:
        FileNotFoundError: There is no such file.
        RasterReadError: It is not a raster.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f'{path} does not exist; check the path in the config.')
    try:
        return rasterio.open(path)
    except RasterioError as error:
        raise RasterReadError(
            f'{path} is not a readable raster ({error}); replace or remove the file.'
        ) from error


def raster_info(path: str) -> RasterInfo:
    """Reads the header and checks, without reading pixels, that nothing is missing.

    Raises:
        RasterReadError: The file is no raster, has no bands or is truncated.
    """
    with open_raster(path) as source:
        if source.count == 0:
            raise RasterReadError(
                f'{path} holds no bands of its own but sub-data sets; name one of them.'
            )
        fault = find_fault(source)
        if fault is not None:
            raise RasterReadError(f'{path} {fault}')
        dtype = _common_dtype(source, source.indexes)
        return RasterInfo(
            path,
            source.width,
            source.height,
            source.count,
            dtype.name,
            source.nodata,
            source.crs,
            source.transform,
            masked=source.nodata is not None
            or dtype.kind == 'f'
            or mask_bands(source, [1]) != []
            or last_block_is_hole(source),
        )


def read_window(
    path: str, window: Window, bands: list[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Reads one window.

    Args:
        path: The raster.
        window: Pixels to read; what lies outside the raster is 0 and invalid.
        bands: 1-based bands in the order wanted; all when None.

    Returns:
        ``(H, W, C)`` pixels in the raster's own dtype and ``(H, W)`` validity. A
        pixel is invalid, and 0, when its bands hold nodata (see ``is_nodata``), a mask
        band says so, a sparse file does not store it, or a band holds NaN or infinity.
        A band tagged alpha is data.

    Raises:
        RasterReadError: A band does not exist or the data is damaged.
    """
    source = _HANDLES.get(path)
    bands = list(range(1, source.count + 1)) if bands is None else list(bands)
    if max(bands) > source.count or min(bands) < 1:
        raise RasterReadError(
            f'{path} has {source.count} bands but the config asks for bands {bands}; '
            f'correct the list of bands.'
        )
    dtype = _common_dtype(source, bands)
    pixels = np.zeros((window.height, window.width, len(bands)), dtype)
    valid = np.zeros((window.height, window.width), bool)
    inside, place = _inside(window, source.width, source.height)
    if inside is None:
        return pixels, valid
    try:
        data = _read(source, bands, inside, dtype)
        good = valid_pixels(source, data, bands, inside)
    except RasterioError as error:
        raise RasterReadError(
            f'{path} is damaged or truncated: window {tuple(window)} cannot be read '
            f'({error.__cause__ or error}); copy the file again or remove it.'
        ) from error
    # Nodata such as -9999 would otherwise leak into its neighbours by interpolation.
    data[:, ~good] = 0
    pixels[place] = np.moveaxis(data, 0, -1)
    valid[place] = good
    return pixels, valid


def colour_table(path: str) -> dict[int, tuple[int, ...]] | None:
    """Palette of a one-band raster, or None."""
    try:
        return _HANDLES.get(path).colormap(1)
    except ValueError:
        return None


def _inside(
    window: Window, width: int, height: int
) -> tuple[RasterioWindow | None, tuple[slice, slice]]:
    """The part of a window inside the raster, and where it lies in the window."""
    col0, row0 = max(window.col, 0), max(window.row, 0)
    col1 = min(window.col + window.width, width)
    row1 = min(window.row + window.height, height)
    place = (
        slice(row0 - window.row, row1 - window.row),
        slice(col0 - window.col, col1 - window.col),
    )
    if col1 <= col0 or row1 <= row0:
        return None, place
    return RasterioWindow(col0, row0, col1 - col0, row1 - row0), place


def _read(
    source: rasterio.DatasetReader,
    bands: list[int],
    window: RasterioWindow,
    dtype: np.dtype,
) -> np.ndarray:
    if len({source.dtypes[band - 1] for band in bands}) == 1:
        return source.read(bands, window=window)
    # rasterio refuses to read bands of different types together.
    parts = [source.read(band, window=window, out_dtype=dtype) for band in bands]
    return np.stack(parts)


def _common_dtype(source: rasterio.DatasetReader, bands: Sequence[int]) -> np.dtype:
    """The type that holds all bands; they differ in virtual rasters only."""
    return np.result_type(*(source.dtypes[band - 1] for band in bands))
