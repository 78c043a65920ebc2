"""Which pixels of a raster are measurements."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rasterio import DatasetReader
from rasterio.enums import MaskFlags, Resampling
from rasterio.windows import Window

from .integrity import holes


class BandRules(NamedTuple):
    """What tells validity of some bands of one file, looked up once."""

    bands: list[int]
    dtype: np.dtype
    nodata: list[float | None]
    masks: list[int]


def band_rules(
    source: DatasetReader, bands: Sequence[int], dtype: np.dtype
) -> BandRules:
    """The rules of bands that are read as ``dtype``."""
    nodata = [source.nodatavals[band - 1] for band in bands]
    return BandRules(list(bands), dtype, nodata, mask_bands(source, list(bands)))


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
    valid = ~is_nodata(data, rules.nodata)
    if data.dtype.kind == 'f':
        valid &= np.isfinite(data).all(0)
    if rules.masks:
        shrunk = shape != (window.height, window.width)
        masks = source.read_masks(
            rules.masks,
            window=window,
            out_shape=(len(rules.masks), *shape),
            # An overview's pixel may mix in what the mask excludes, so a pixel of a
            # shrunk window is valid only where all that it covers is.
            resampling=Resampling.average if shrunk else Resampling.nearest,
        )
        valid &= (masks == 255).all(0) if shrunk else masks.all(0)
    if not data[0].all() and not data.any(0).all():
        valid &= ~holes(source, rules.bands, window, shape)
    return valid


def is_nodata(data: np.ndarray, nodata: list[float | None]) -> np.ndarray:
    """Pixels ``(h, w)`` without data among ``(C, h, w)``.

    Negative nodata, or any but 0 in floating-point rasters, is no measurement: one
    band that holds it suffices. Else, as 0 or 255 of 8 bits may be measured, all bands
    must hold it.
    """
    values = [_as_stored(value, data.dtype) for value in nodata]
    found = np.zeros(data.shape[1:], bool)
    if None not in values:
        found = (data == np.array(values).reshape(-1, 1, 1)).all(0)
    for band, value in zip(data, values, strict=True):
        if value is not None and (value < 0 or (value and data.dtype.kind == 'f')):
            found |= band == value
    return found


def _as_stored(value: float | None, dtype: np.dtype) -> np.generic | None:
    """A header's nodata rounded like the pixels; None where no pixel can have it."""
    if value is None or not np.isfinite(value):
        return None
    if dtype.kind == 'f':
        with np.errstate(over='ignore'):
            return dtype.type(value)
    limits = np.iinfo(dtype)
    fits = limits.min <= value <= limits.max and value == int(value)
    return dtype.type(int(value)) if fits else None
