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
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window as RasterioWindow

from . import vsi
from .gdal_settings import apply_settings
from .integrity import find_fault, last_block_is_hole
from .memory_bound import large_block, large_window
from .open_files import TooManyOpenFilesError, check_files_left
from .pixel_layout import inside_axis, interleaved
from .references import forbidden_driver, forbidden_reference
from .validity import BandRules, band_rules, mask_bands, valid_pixels

MAX_OPEN_FILES = 64
# Opening every part of a mosaic of thousands would take longer than a start should.
MAX_PARTS_CHECKED = 256
apply_settings()
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
        self._rules: dict[str, dict[tuple[int, ...], BandRules]] = {}

    def get(self, path: str) -> rasterio.DatasetReader:
        if self.pid != os.getpid():
            # A forked worker must not share the file positions of its parent; the
            # parent's handles are dropped without closing them.
            self.pid, self.files, self._rules = os.getpid(), OrderedDict(), {}
        if path not in self.files:
            self.files[path], self._rules[path] = self._open(path), {}
            if len(self.files) > MAX_OPEN_FILES:
                self._close_oldest()
        self.files.move_to_end(path)
        return self.files[path]

    def _open(self, path: str) -> rasterio.DatasetReader:
        try:
            return open_raster(path)
        except TooManyOpenFilesError:
            while self.files:
                self._close_oldest()
            return open_raster(path)

    def _close_oldest(self) -> None:
        oldest, file = self.files.popitem(last=False)
        file.close()
        del self._rules[oldest]

    def rules(self, path: str, bands: Sequence[int] | None) -> BandRules:
        source = self.get(path)
        bands = source.indexes if bands is None else tuple(bands)
        known = self._rules[path]
        if bands not in known:
            if max(bands) > source.count or min(bands) < 1:
                raise RasterReadError(
                    f'{path} has {source.count} bands but the config asks for bands '
                    f'{list(bands)}; correct the list of bands.'
                )
            _check_blocks(path, source)
            known[bands] = band_rules(source, bands, _common_dtype(source, bands))
        return known[bands]


_HANDLES = _Handles()


def open_raster(path: str) -> rasterio.DatasetReader:
    """Opens a raster that the caller closes.

    Raises:
        FileNotFoundError: There is no such file.
        RasterReadError: It is not a raster, or a virtual one that reads what it may
            not; see ``references``.
    """
    if not vsi.exists(path):
        raise FileNotFoundError(f'{path} does not exist; check the path in the config.')
    if vsi.size(path) == 0:
        raise RasterReadError(f'{path} is empty (0 bytes); copy it again.')
    try:
        fault = forbidden_reference(path)
        if fault is not None:
            raise RasterReadError(f'{path} {fault}')
        source = rasterio.open(path)
    except (RasterioError, OSError) as error:
        check_files_left(path, error)
        raise RasterReadError(
            f'{path} is not a readable raster ({error}); replace or remove the file.'
        ) from error
    fault = forbidden_driver(path, source.driver)
    if fault is not None:
        source.close()
        raise RasterReadError(f'{path} {fault}')
    return source


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
    path: str,
    window: Window,
    bands: Sequence[int] | None = None,
    out_size: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Reads one window.

    Args:
        path: The raster.
        window: Pixels to read; what lies outside the raster is 0 and invalid.
        bands: 1-based bands in the order wanted; all when None.
        out_size: Width and height to shrink the window to, from overviews where the
            file has them; its pixels are picked, not averaged, so that neither nodata
            nor class numbers mix.

    Returns:
        ``(H, W, C)`` pixels in the raster's own dtype and ``(H, W)`` validity. A
        pixel is invalid, and 0, when its bands hold nodata (see ``is_nodata``), a mask
        band says so, a sparse file does not store it, or a band holds NaN or infinity.
        A band tagged alpha is data.

    Raises:
        RasterReadError: A band does not exist, the data is damaged, or the window takes
            more memory than ``memory_bound`` allows.
    """
    source, rules = _HANDLES.get(path), _HANDLES.rules(path, bands)
    width, height = out_size or (window.width, window.height)
    fault = large_window(len(rules.bands) * width * height, rules.dtype)
    if fault is not None:
        raise RasterReadError(f'{path} {fault}')
    inside, place = _inside(window, (source.width, source.height), (width, height))
    if inside is None:
        pixels = np.zeros((height, width, len(rules.bands)), rules.dtype)
        return pixels, np.zeros((height, width), bool)
    rows, cols = place
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    try:
        data = _read(source, rules, inside, shape)
        good = valid_pixels(source, data, rules, inside)
    except RasterioError as error:
        check_files_left(path, error)
        raise RasterReadError(
            f'{path} is damaged or truncated: window {tuple(window)} cannot be read '
            f'({error.__cause__ or error}); copy the file again or remove it.'
        ) from error
    if not good.all():
        # Nodata such as -9999 would otherwise leak into its neighbours.
        data[:, ~good] = 0
    if shape == (height, width):
        return interleaved(data), good
    pixels = np.zeros((height, width, len(rules.bands)), rules.dtype)
    valid = np.zeros((height, width), bool)
    pixels[place], valid[place] = interleaved(data), good
    return pixels, valid


def block_size(path: str) -> tuple[int, int]:
    """Width and height of the blocks that a raster is stored in."""
    height, width = _HANDLES.get(path).block_shapes[0]
    return width, height


def overview_factors(path: str) -> list[int]:
    """How many times smaller a raster's overviews are; none of a file with alpha.

    GDAL takes a band tagged as alpha, which may be near infrared, for a mask when it
    averages.
    """
    source = _HANDLES.get(path)
    if source.count > 1 and ColorInterp.alpha in source.colorinterp:
        return []
    return source.overviews(1)


def colour_table(path: str) -> dict[int, tuple[int, ...]] | None:
    """Palette of a one-band raster, or None."""
    try:
        return _HANDLES.get(path).colormap(1)
    except ValueError:
        return None


def _inside(
    window: Window, size: tuple[int, int], out_size: tuple[int, int]
) -> tuple[RasterioWindow | None, tuple[slice, slice]]:
    """The part of a window inside the raster, and where it lies in the result."""
    (col, width, cols), (row, height, rows) = (
        inside_axis(*axis)
        for axis in zip(window[:2], window[2:], size, out_size, strict=True)
    )
    if width <= 0 or height <= 0:
        return None, (rows, cols)
    return RasterioWindow(col, row, width, height), (rows, cols)


def _read(
    source: rasterio.DatasetReader,
    rules: BandRules,
    window: RasterioWindow,
    shape: tuple[int, int],
) -> np.ndarray:
    bands = rules.bands
    if len({source.dtypes[band - 1] for band in bands}) == 1:
        return source.read(bands, window=window, out_shape=(len(bands), *shape))
    # rasterio refuses to read bands of different types together.
    parts = [
        source.read(band, window=window, out_shape=shape, out_dtype=rules.dtype)
        for band in bands
    ]
    return np.stack(parts)


def _check_blocks(path: str, source: rasterio.DatasetReader) -> None:
    """Refuses blocks that are too large, in a small mosaic those of its parts, too."""
    fault = large_block(source)
    if fault is not None:
        raise RasterReadError(f'{path} {fault}')
    parts = [part for part in source.files if part != path]
    if source.driver == 'VRT' and len(parts) <= MAX_PARTS_CHECKED:
        for part in parts:
            _check_part(path, part)


def _check_part(path: str, part: str) -> None:
    try:
        with rasterio.open(part) as source:
            fault = large_block(source)
    except RasterioError:
        return  # no raster, or one whose damage shows where it is read
    if fault is not None:
        raise RasterReadError(f'{path} reads {part}, which {fault}')


def _common_dtype(source: rasterio.DatasetReader, bands: Sequence[int]) -> np.dtype:
    """The type that holds all bands; they differ in virtual rasters only."""
    return np.result_type(*(source.dtypes[band - 1] for band in bands))
