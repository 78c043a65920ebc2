"""What a look at statistics should not overlook, in words."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..rasters.raster_io import RasterInfo
from .moments import Moments, Percentiles

# Values between the outer percentiles, of types of 8 bits and of wider ones.
TINY = (8, 512)
LOW_VALID_SHARE = 0.5
# How far a raster may be from the one in the middle: its spread by this factor, its
# mean by so many spreads.
SPREAD_FACTOR = 20.0
MEAN_SPREADS = 10.0
MOST_FILES = 5


def find_notes(
    infos: Sequence[RasterInfo],
    bands: Sequence[int],
    percentiles: Percentiles,
    found: dict,
    moments: Moments,
    seen: np.ndarray,
    valid_share: float,
) -> list[str]:
    """Sentences on odd bands and rasters.

    Args:
        infos: Of the rasters.
        bands: 1-based bands.
        percentiles: Of the bands.
        found: Their figures.
        moments: With a group for each raster.
        seen: Rasters that were read.
        valid_share: Of the pixels that were read.
    """
    notes = [
        note
        for number, band in enumerate(bands)
        for note in _on_band(infos[0], number, band, percentiles, found)
    ]
    types = sorted({info.dtype for info in infos})
    if len(types) > 1:
        notes.append(
            f'The rasters are of different types, {", ".join(types)}: are their values '
            f'in one unit?'
        )
    if valid_share < LOW_VALID_SHARE:
        notes.append(
            f'Only {valid_share:.1%} of the pixels are valid in all bands; a band that '
            f'is mostly nodata makes the others invalid too.'
        )
    empty = np.flatnonzero(seen & (moments.count == 0))
    if len(empty):
        notes.append(
            f'{len(empty)} rasters have no valid pixel in what was read, the first is '
            f'{infos[empty[0]].path}.'
        )
    return notes + list(_on_files(infos, bands, moments))


def _on_band(
    info: RasterInfo, number: int, band: int, percentiles: Percentiles, found: dict
) -> Iterator[str]:
    least, largest = found['min'][number], found['max'][number]
    dtype = percentiles.dtype
    if least == largest:
        what = 'is constant'
        if info.nodata is not None and least == info.nodata:
            what = 'is empty, with nothing but its nodata value'
        yield f'Band {band} {what}, {least:g} everywhere; leave it out of bands.'
    elif percentiles.is_mask(number):
        yield (
            f'Band {band} holds only {least:g} and {largest:g}, as an alpha channel or '
            f'a mask does; leave it out of bands.'
        )
    elif dtype.kind in 'iu':
        low, high = (found['percentiles'][p][number] for p in ('0.1', '99.9'))
        if high - low + 1 < TINY[dtype.itemsize > 1]:
            yield (
                f'Band {band} uses few of the values of {dtype}, {low:g} to {high:g}; '
                f'a value range of the whole type would leave it without contrast.'
            )


def _on_files(
    infos: Sequence[RasterInfo], bands: Sequence[int], moments: Moments
) -> Iterator[str]:
    """Rasters whose values are far from those of the raster in the middle."""
    read = np.flatnonzero(moments.count)
    mean, spread = moments.mean[read], moments.deviations()[read]
    middle, width = (
        np.quantile(values, 0.5, axis=0, method='lower') for values in (mean, spread)
    )
    with np.errstate(divide='ignore', invalid='ignore'):
        apart = np.abs(mean - middle) / width
        factor = np.maximum(spread / width, width / spread)
    # A constant band has no spread to compare with.
    odd = ((apart > MEAN_SPREADS) | (factor > SPREAD_FACTOR)) & (width > 0)
    files = np.flatnonzero(odd.any(1))
    for file in files[:MOST_FILES]:
        band = int(odd[file].argmax())
        yield (
            f'{infos[read[file]].path} is far from the others: band {bands[band]} has '
            f'mean {mean[file, band]:.4g} and std {spread[file, band]:.4g}, the raster '
            f'in the middle {middle[band]:.4g} and {width[band]:.4g}; is it scaled '
            f'otherwise (0 to 1 beside 0 to 10000)?'
        )
    if len(files) > MOST_FILES:
        yield f'{len(files) - MOST_FILES} more rasters are as far from the others.'
