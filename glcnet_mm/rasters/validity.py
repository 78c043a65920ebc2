"""Which pixels of a raster are measurements."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rasterio import DatasetReader
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.windows import Window

from .integrity import holes
from .mask_band import MaskBand, read_mask_band

# From here on a value stands for no measurement, and its last digits do not count: text
# formats and tools round it (-3.40282e38 for -3.4028235e38).
HUGE, DIGITS = 1e15, 1e-5
# A copy in double precision of single-precision pixels differs by no more.
SINGLE = 2.0**-24


class BandChoice(NamedTuple):
    """What of a file is read, and what says which of its pixels are valid.

    Attributes:
        bands: 1-based, in the order wanted; all but a mask when None.
        mask_band: 1-based band that is 0 where there is no data; 0 for none. When None,
            a band tagged alpha that is not read, if it holds a mask; see ``mask_band``.
        alpha_is_data: Whether all bands include one tagged alpha.
        nodata_counts: Whether the header's nodata value marks what is invalid.
    """

    bands: tuple[int, ...] | None = None
    mask_band: int | None = None
    alpha_is_data: bool = True
    nodata_counts: bool = True

    def numbers(self, count: int, alpha: Sequence[int] = ()) -> list[int]:
        """The bands that are read of a file of ``count``, some tagged ``alpha``."""
        if self.bands is not None:
            return list(self.bands)
        left_out = {self.mask_band, *(() if self.alpha_is_data else alpha)}
        every = range(1, count + 1)
        return [band for band in every if band not in left_out] or list(every)


# The table of classes says what becomes of a label's nodata value.
LABEL = BandChoice(alpha_is_data=False, nodata_counts=False)
Bands = Sequence[int] | BandChoice | None


def as_choice(bands: Bands) -> BandChoice:
    """Numbers of bands, or None for all, as a choice."""
    if isinstance(bands, BandChoice):
        return bands
    return BandChoice(None if bands is None else tuple(bands))


class BandRules(NamedTuple):
    """What tells validity of some bands of one file, looked up once."""

    bands: list[int]
    dtype: np.dtype
    nodata: list[float | None]
    masks: list[int]
    mask_band: MaskBand | None
    nodata_counts: bool


def alpha_bands(source: DatasetReader) -> list[int]:
    """Bands tagged alpha, none of a file of one band."""
    if source.count == 1:
        return []
    tags = enumerate(source.colorinterp, 1)
    return [band for band, tag in tags if tag == ColorInterp.alpha]


def band_rules(
    source: DatasetReader,
    choice: BandChoice,
    bands: list[int],
    mask_band: MaskBand | None,
) -> BandRules:
    """The rules of some bands of a file."""
    nodata, types = source.nodatavals, source.dtypes
    return BandRules(
        bands,
        np.result_type(*{types[band - 1] for band in bands}),
        [nodata[band - 1] for band in bands],
        mask_bands(source, bands),
        mask_band,
        choice.nodata_counts,
    )


def mask_bands(source: DatasetReader, bands: list[int]) -> list[int]:
    """Bands whose masks, beyond nodata and alpha, must be read."""
    flags = source.mask_flag_enums[bands[0] - 1]
    if not flags:
        return bands  # a mask of its own for every band
    shared = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
    return bands[:1] if shared else []


def valid_pixels(
    source: DatasetReader, data: np.ndarray, rules: BandRules, window: Window
) -> np.ndarray:
    """Validity ``(h, w)`` of the pixels ``(C, h, w)`` of a window, shrunk or not."""
    shape = data.shape[1:]
    valid = np.ones(shape, bool)
    if rules.nodata_counts:
        valid = ~is_nodata(data, rules.nodata)
    if data.dtype.kind == 'f':
        valid &= np.isfinite(data).all(0)
    shrunk = shape != (window.height, window.width)
    if rules.masks:
        masks = source.read_masks(
            rules.masks,
            window=window,
            out_shape=(len(rules.masks), *shape),
            # An overview's pixel may mix in what the mask excludes, so a pixel of a
            # shrunk window is valid only where all that it covers is.
            resampling=Resampling.average if shrunk else Resampling.nearest,
        )
        valid &= (masks == 255).all(0) if shrunk else masks.all(0)
    if rules.mask_band is not None:
        valid &= read_mask_band(source, rules.mask_band, window, shape, shrunk)
    if not data[0].all() and not data.any(0).all():
        valid &= ~holes(source, rules.bands, window, shape)
    return valid


def is_nodata(data: np.ndarray, nodata: Sequence[float | None]) -> np.ndarray:
    """Pixels ``(h, w)`` without data among ``(C, h, w)``.

    One band that holds it suffices or all must; see ``band_suffices``.
    """
    found = np.zeros(data.shape[1:], bool)
    stored = [stored_nodata(value, data.dtype) for value in nodata]
    if all(value is None for value in stored):
        return found
    pairs = list(zip(data, stored, strict=True))
    if None not in stored:
        found = np.ones(data.shape[1:], bool)
        for band, value in pairs:
            found &= value is not None and _holds(band, value)
    for band, value in pairs:
        if value is not None and band_suffices(value):
            found |= _holds(band, value)
    return found


def band_suffices(stored: np.generic) -> bool:
    """Whether one band with this nodata makes a pixel invalid, or all must hold it.

    Negative nodata, or any but 0 in floating-point rasters, is no measurement; 0 or 255
    of 8 bits may be one.

    Args:
        stored: See ``stored_nodata``.
    """
    return float(stored) < 0 or bool(stored != 0 and stored.dtype.kind == 'f')


def stored_nodata(value: float | None, dtype: str | np.dtype) -> np.generic | None:
    """A header's nodata as the pixels hold it; None where no pixel can have it.

    A value outside the type is clipped to it, as the pixels were when they were
    converted, and one that is the end of single precision but for its last digits is
    that end. NaN, which equals nothing, stays for those who write it.
    """
    dtype = np.dtype(dtype)
    if value is not None and np.isnan(value) and dtype.kind == 'f':
        return np.full(1, value, dtype)[0]
    if value is None or not np.isfinite(value):
        return None
    if dtype.kind == 'f':
        single = float(np.finfo(np.float32).max)
        if abs(abs(value) - single) <= DIGITS * single:
            value = np.copysign(single, value)
        limit = float(np.finfo(dtype).max)
        return dtype.type(np.clip(value, -limit, limit))
    if value != int(value):
        return None
    limits = np.iinfo(dtype)
    return dtype.type(min(max(int(value), limits.min), limits.max))


def _holds(band: np.ndarray, value: np.generic) -> np.ndarray:
    """Where a band holds a value, as exactly as its type and origin let it."""
    size = abs(float(value))
    if band.dtype.kind != 'f' or (size < HUGE and band.dtype.itemsize < 8):
        return band == value
    slack = (DIGITS if size >= HUGE else SINGLE) * size
    limit = float(np.finfo(band.dtype).max)
    low, high = (float(value) - slack, float(value) + slack)
    return (band >= max(low, -limit)) & (band <= min(high, limit))
