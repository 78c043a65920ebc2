"""Reading rasters: headers and windows, through rasterio only.

Other decoders destroy multi-band files silently: a fourth band tagged alpha is
multiplied into the others, 16-bit bands are dropped, damaged data comes back as noise.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import rasterio
from rasterio.windows import Window as RasterioWindow

from .file_forms import complex_type, form_of, scaling_of
from .integrity import find_fault, last_block_is_hole
from .memory_bound import large_window
from .pixel_layout import inside_axis, interleaved
from .raster_handles import (
    HANDLES,
    RasterReadError,
    corners,
    damage_of_header,
    open_raster,
)
from .small_files import SmallFile, SmallFiles
from .validity import (
    LABEL,
    BandChoice,
    BandRules,
    Bands,
    alpha_bands,
    as_choice,
    mask_bands,
    stored_nodata,
    valid_pixels,
)

# No measurement is larger, and a single such pixel makes a training's loss NaN.
MAX_VALUE = 1e30


class Window(NamedTuple):
    """A rectangle in pixels; may reach over the border of its raster."""

    col: int
    row: int
    width: int
    height: int


class RasterInfo(NamedTuple):
    """What the header of a raster says.

    Attributes:
        masked: Whether some of its pixels may be invalid, not counting alpha.
        alpha: 1-based bands tagged alpha.
        form: What it is if its bands are no measurements; see ``file_forms``.
        scaling: What its pixels are to be multiplied by and added to, in words.
    """

    path: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    crs: Any
    transform: Any
    masked: bool
    alpha: Sequence[int] = ()
    form: str = ''
    scaling: str = ''


_SMALL = SmallFiles(HANDLES.forget)


def forget(path: str) -> None:
    """Closes a raster that will not be read again, such as one in memory."""
    _SMALL.forget(path)
    HANDLES.forget(path)


def raster_info(path: str) -> RasterInfo:
    """Reads the header and checks, without reading pixels, that nothing is missing.

    Raises:
        RasterReadError: The file is no raster, has no bands, is truncated, or holds
            complex values.
    """
    with damage_of_header(path), open_raster(path) as source:
        return _info(path, source)


def _info(path: str, source: rasterio.DatasetReader) -> RasterInfo:
    if source.count == 0:
        raise RasterReadError(
            f'{path} holds no bands of its own but sub-data sets; name one of them.'
        )
    fault = complex_type(source) or find_fault(source)
    if fault is not None:
        raise RasterReadError(f'{path} {fault}')
    dtype = _common_dtype(source)
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
        alpha=alpha_bands(source),
        form=form_of(source),
        scaling=scaling_of(source),
    )


def read_window(
    path: str,
    window: Window,
    bands: Bands = None,
    out_size: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Reads one window.

    Args:
        path: The raster.
        window: Pixels to read; what lies outside the raster is 0 and invalid.
        bands: 1-based bands in the order wanted, all when None, or a ``BandChoice``.
        out_size: Width and height to shrink the window to, from overviews where the
            file has them; its pixels are picked, not averaged, so that neither nodata
            nor class numbers mix.

    Returns:
        ``(H, W, C)`` pixels in the raster's own dtype and ``(H, W)`` validity. A
        pixel is invalid, and 0, when its bands hold nodata (see ``is_nodata``), a mask
        band says so, a sparse file does not store it, or a band holds NaN or infinity.
        A band tagged alpha that is read is data, one that is not may be a mask.

    Raises:
        RasterReadError: A band does not exist, the data is damaged, a pixel holds what
            no measurement is, or the window takes more memory than ``memory_bound``
            allows.
    """
    choice = as_choice(bands)
    if out_size is None:
        whole = _SMALL.find(path, choice) or _decoded(path, window, choice)
        if whole is not None:
            _check_window(path, whole.rules, *window[2:])
            return whole.cut(*window)
    return _read_from_file(path, window, choice, out_size)


def _decoded(path: str, window: Window, choice: BandChoice) -> SmallFile | None:
    """All of a small file, which is kept; None of others."""
    source, rules = HANDLES.get(path), HANDLES.rules(path, choice)
    size = (source.width, source.height)
    if not _SMALL.takes(size, window[2:], rules):
        return None
    try:
        return _SMALL.keep(
            (path, choice),
            lambda: _read_from_file(path, Window(0, 0, *size), choice),
            rules,
            _palette(source),
            source.files,
        )
    except RasterReadError:
        return None  # what is asked for may be whole, and else is named


def _read_from_file(
    path: str,
    window: Window,
    choice: BandChoice,
    out_size: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    source, rules = HANDLES.get(path), HANDLES.rules(path, choice)
    width, height = out_size or (window.width, window.height)
    _check_window(path, rules, width, height)
    inside, place = _inside(window, (source.width, source.height), (width, height))
    if inside is None:
        pixels = np.zeros((height, width, len(rules.bands)), rules.dtype)
        return pixels, np.zeros((height, width), bool)
    HANDLES.check_blocks(path, source, corners(inside))
    rows, cols = place
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    with HANDLES.reading(path, f'window {tuple(window)}'):
        data = _read(source, rules, inside, shape)
        good = valid_pixels(source, data, rules, inside)
    if not good.all():
        # Nodata such as -9999 would otherwise leak into its neighbours.
        data[:, ~good] = 0
    if data.dtype.kind == 'f':
        _check_values(path, data, rules, window)
    if shape == (height, width):
        return interleaved(data), good
    pixels = np.zeros((height, width, len(rules.bands)), rules.dtype)
    valid = np.zeros((height, width), bool)
    pixels[place], valid[place] = interleaved(data), good
    return pixels, valid


def _check_window(path: str, rules: BandRules, width: int, height: int) -> None:
    fault = large_window(len(rules.bands) * width * height, rules.dtype)
    if fault is not None:
        raise RasterReadError(f'{path} {fault}')


def _check_values(
    path: str, data: np.ndarray, rules: BandRules, window: Window
) -> None:
    for band, values in zip(rules.bands, data, strict=True):
        largest = max(values.max(), -values.min())
        if largest > MAX_VALUE:
            value = values.flat[np.abs(values).argmax()]
            raise RasterReadError(
                f'{path} holds the value {value:.9g} in band {band}, window '
                f'{tuple(window)}: beyond {MAX_VALUE:g} it is no measurement. If it '
                f'stands for missing data, declare it: gdal_edit.py -a_nodata '
                f'{value:.9g} {path}'
            )


def block_size(path: str) -> tuple[int, int]:
    """Width and height of the blocks that a raster is stored in."""
    height, width = HANDLES.get(path).block_shapes[0]
    return width, height


def overview_factors(path: str) -> list[int]:
    """How many times smaller a raster's overviews are; none of a file with alpha.

    GDAL takes a band tagged as alpha, which may be near infrared, for a mask when it
    averages.
    """
    source = HANDLES.get(path)
    if alpha_bands(source):
        return []
    return source.overviews(1)


def how_valid(path: str, bands: Bands) -> tuple[BandRules, dict[int, bool]]:
    """What tells validity of a file, and which bands tagged alpha may be masks."""
    source, rules = HANDLES.get(path), HANDLES.rules(path, as_choice(bands))
    left_out = [band for band in alpha_bands(source) if band not in rules.bands]
    likely = {band: HANDLES.mask(source, path, band)[1] for band in left_out}
    likely |= {band: False for band in alpha_bands(source) if band in rules.bands}
    return rules, likely


def label_nodata(path: str) -> list[float | None]:
    """Nodata of the bands of a label, None where its type cannot hold it."""
    small = _SMALL.find(path, LABEL)
    rules = HANDLES.rules(path, LABEL) if small is None else small.rules
    return [
        value if stored_nodata(value, rules.dtype) == value else None
        for value in rules.nodata
    ]


def colour_table(path: str) -> dict[int, tuple[int, ...]] | None:
    """Palette of a one-band raster, or None."""
    small = _SMALL.find(path, LABEL)
    return _palette(HANDLES.get(path)) if small is None else small.palette


def _palette(source: rasterio.DatasetReader) -> dict[int, tuple[int, ...]] | None:
    try:
        return source.colormap(1)
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
    bands, types = rules.bands, source.dtypes
    if len({types[band - 1] for band in bands}) == 1:
        return source.read(bands, window=window, out_shape=(len(bands), *shape))
    # rasterio refuses to read bands of different types together.
    parts = [
        source.read(band, window=window, out_shape=shape, out_dtype=rules.dtype)
        for band in bands
    ]
    return np.stack(parts)


def _common_dtype(source: rasterio.DatasetReader) -> np.dtype:
    """The type that holds all bands; they differ in virtual rasters only."""
    return np.result_type(*{*source.dtypes})
