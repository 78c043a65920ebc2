"""What is in the images: bands, validity, scale, statistics."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..datasets.raster_index import RasterIndex, read_infos
from ..errors import UserError
from ..inspection.band_statistics import band_statistics
from ..rasters.ground_grid import pixel_metres
from ..rasters.raster_io import RasterInfo, how_valid
from ..rasters.validity import BandChoice
from ..wording import named_bands

SAMPLE_WINDOWS, SAMPLE_PX = 300, 256
WHITE, BLACK = '99.9', '0.1'


class ImageFacts(NamedTuple):
    """Facts of the images.

    Attributes:
        infos: Their headers.
        bands: 1-based, those to read.
        every_band: Whether these are all there are.
        statistics: See ``band_statistics``.
        metres: Least and greatest ground sample distance, None where no file says it.
        coloured: Whether the first three are red, green and blue.
        notes: What was assumed, in sentences.
    """

    infos: list[RasterInfo]
    bands: list[int]
    every_band: bool
    statistics: dict
    metres: tuple[float, float] | None
    coloured: bool
    notes: list[str]

    def figures(self, name: str) -> list[float]:
        """A figure of every band."""
        return [band[name] for band in self.statistics['bands']]

    def value_range(self) -> tuple[list[float], list[float]]:
        """Black and white of every band."""
        found = [band['percentiles'] for band in self.statistics['bands']]
        return [p[BLACK] for p in found], [p[WHITE] for p in found]


def look_at_images(paths: Sequence[str], wanted: Sequence[int] | None) -> ImageFacts:
    """Reads headers and a sample of windows.

    Args:
        paths: Of the images.
        wanted: Bands to read, from 1; all that hold measurements when None.

    Raises:
        UserError: The images differ in their bands, or no band has a spread.
    """
    infos = read_infos(list(paths), bands=wanted and BandChoice(tuple(wanted)))
    notes: list[str] = []
    bands = list(wanted or _measurements(infos, notes))
    index = RasterIndex(infos, SAMPLE_PX)
    found = _statistics(index, bands)
    if not wanted:
        kept = _telling(found['bands'], notes)
        if kept and kept != bands:
            found = _statistics(index, kept)
        bands = kept or bands
    flat = [band['band'] for band in found['bands'] if not _spreads(band)]
    if flat:
        raise UserError(
            f'{infos[0].path}: nearly all pixels of {named_bands(flat)} have one '
            f'value, so that nothing can be learnt from them; choose others by --bands.'
        )
    metres = pixel_metres(infos)
    known = metres[np.isfinite(metres)]
    span = (float(known.min()), float(known.max())) if known.size else None
    if span and span[1] > 1.25 * span[0]:
        notes.append(
            f'Pixels cover {span[0]:.3g} to {span[1]:.3g} m: set gsd in data.py to '
            f'resample all to one size.'
        )
    every = bands == list(range(1, infos[0].bands + 1))
    return ImageFacts(
        infos, bands, every, found, span, _coloured(infos, bands, notes), notes
    )


def _statistics(index: RasterIndex, bands: Sequence[int]) -> dict:
    choice = BandChoice(tuple(bands))
    return band_statistics(index, choice, SAMPLE_WINDOWS)


def _spreads(band: dict) -> bool:
    percentiles = band['percentiles']
    return band['std'] > 0 and percentiles[WHITE] > percentiles[BLACK]


def _telling(bands: Sequence[dict], notes: list[str]) -> list[int]:
    """Bands but those of one value and those that repeat an earlier one.

    A grey image saved as RGB has such: all their figures are the same.
    """
    constant, repeats, kept = [], [], {}
    for band in bands:
        figures = repr((band['mean'], band['std'], band['percentiles']))
        if not _spreads(band):
            constant.append(band['band'])
        elif figures in kept:
            repeats.append(band['band'])
        else:
            kept[figures] = band['band']
    reasons = {'One value only': constant, 'The same as an earlier band': repeats}
    for reason, left_out in reasons.items():
        if left_out:
            notes.append(f'{reason}, so left out: {named_bands(left_out)}.')
    return list(kept.values())


def _measurements(infos: Sequence[RasterInfo], notes: list[str]) -> list[int]:
    """All bands but those that are masks in every image that tags them alpha."""
    every = list(range(1, infos[0].bands + 1))
    data, masks = [], []
    for band in sorted({b for info in infos for b in info.alpha}):
        others = [b for b in every if b != band]
        tagged = [info for info in infos if band in info.alpha]
        if not others:
            continue
        choice = BandChoice(tuple(others))
        if all(how_valid(info.path, choice)[1].get(band) for info in tagged):
            every = others
            masks.append(band)
        else:
            data.append(band)
    if masks:
        notes.append(f'Tagged alpha and a mask, no measurement: {named_bands(masks)}.')
    if data:
        notes.append(f'Tagged alpha but varies, read as data: {named_bands(data)}.')
    return every


def _coloured(
    infos: Sequence[RasterInfo], bands: Sequence[int], notes: list[str]
) -> bool:
    """Whether hue may be changed; of 3 or 4 bytes that is what they show."""
    if infos[0].dtype != 'uint8' or len(bands) not in (3, 4):
        return False
    if len(bands) == 4:
        notes.append('Four bands of 8 bits are taken for red, green, blue, infrared.')
    else:
        notes.append('Three bands of 8 bits are taken for red, green, blue.')
    return True
