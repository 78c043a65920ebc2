"""Values of every band: what is kept of those that are read, and what is odd in it."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..datasets.transforms.value_range import Limit
from ..rasters.raster_io import RasterInfo
from ..wording import counted
from .band_notes import Span, band_notes
from .moments import Moments

KEPT_PIXELS = 4096
"""Of every read, for all but extremes."""
MOST_PIXELS = 1 << 18
UNDECLARED_SHARE = 0.02
"""More pixels than this that hold one extreme in all bands are hardly measurements."""
# How far a raster may be from the one in the middle: its spread by this factor, its
# mean by so many spreads.
SPREAD_FACTOR = 20.0
MEAN_SPREADS = 10.0
MOST_FILES = 5


class BandValues:
    """Valid values of every band, from a bounded number of pixels of each read.

    Extremes are those of all pixels.

    Args:
        files: Number of rasters.
        bands: Number of bands.
    """

    def __init__(self, files: int, bands: int) -> None:
        self.low, self.high = np.full(bands, np.inf), np.full(bands, -np.inf)
        self.seen = np.zeros(files, bool)
        self.moments = Moments(files, bands)
        self._rows: list[np.ndarray] = []
        self._count = 0

    def add(self, file: int, pixels: np.ndarray) -> None:
        """Adds the valid pixels ``(N, C)`` of a window of a raster."""
        self.seen[file] = True
        if not len(pixels):
            return
        self.low = np.minimum(self.low, pixels.min(0))
        self.high = np.maximum(self.high, pixels.max(0))
        if len(pixels) > KEPT_PIXELS:
            # A stride that divides the width would see a few columns only.
            rng = np.random.default_rng(0)
            pixels = pixels[rng.integers(0, len(pixels), KEPT_PIXELS)]
        self.moments.add(file, pixels.T)
        self._rows.append(pixels)
        self._count += len(pixels)
        if self._count > 2 * MOST_PIXELS:
            self._rows = [np.concatenate(self._rows)[::2]]
            self._count = len(self._rows[0])

    def rows(self) -> np.ndarray:
        """``(N, C)`` float64; none where nothing is valid."""
        if not self._rows:
            return np.zeros((0, len(self.low)))
        return np.concatenate(self._rows).astype(np.float64)


def value_findings(
    infos: Sequence[RasterInfo],
    bands: Sequence[int],
    values: BandValues,
    ranged: bool = True,
) -> list[str]:
    """Sentences on odd bands and rasters.

    Args:
        infos: Of the rasters.
        bands: 1-based bands.
        values: Of these bands and rasters.
        ranged: Whether a value range was chosen; else what may mislead the choice.
    """
    rows = values.rows()
    found: list[str] = []
    types = sorted({info.dtype for info in infos})
    if len(rows):
        spans = list(map(Span, bands, values.low, values.high))
        found += band_notes(infos[0], spans, rows, ranged)
        found += _on_extremes(values, rows)
    if len(types) > 1:
        found.append(
            f'The rasters are of different types, {", ".join(types)}: are their values '
            f'in one unit?'
        )
    empty = np.flatnonzero(values.seen & (values.moments.count == 0))
    if len(empty):
        found.append(
            f'{counted(len(empty), "raster has", "rasters have")} no valid pixel in '
            f'what was read, the first is {infos[empty[0]].path}.'
        )
    return [*found, *_on_files(infos, bands, values.moments)]


def range_findings(values: BandValues, span: tuple[Limit, Limit]) -> Iterator[str]:
    """What is wrong with the range that photometry takes for black and white."""
    rows, (low, high) = values.rows(), span
    if not len(rows) or {np.size(low), np.size(high)} - {1, rows.shape[1]}:
        return
    told = f'({np.min(low):g}, {np.max(high):g})'
    outside = float(((rows < low) | (rows > high)).mean())
    if outside > 0.01:
        yield (
            f'{outside:.0%} of the values lie outside value_range={told}, '
            f'to which photometry clips; they go from {rows.min():g} to '
            f'{rows.max():g}: set value_range so that it spans them.'
        )
        return
    inner = np.subtract(*np.percentile(rows, (98, 2), axis=0))
    spread = np.max(inner / (high - low))
    if 0 < spread < 0.05:
        yield (
            f'The values span only {spread:.1%} of value_range={told}, so '
            f'photometry is far too strong for them: set value_range to what the data '
            f'span.'
        )


def _on_extremes(values: BandValues, rows: np.ndarray) -> Iterator[str]:
    """Borders and gaps that nothing declares."""
    if (values.low == values.high).all():
        return
    for extreme in (values.low, values.high):
        share = float((rows == extreme).all(1).mean())
        if share > UNDECLARED_SHARE:
            value = ', '.join(f'{v:g}' for v in extreme[:4])
            more = ', ...' if len(extreme) > 4 else ''
            yield (
                f'{share:.1%} of the valid pixels hold ({value}{more}), the extreme of '
                f'every band: if that is a border or a gap, declare it as nodata '
                f'(gdal_edit.py -a_nodata VALUE FILE); else it is clipped.'
            )


def _on_files(
    infos: Sequence[RasterInfo], bands: Sequence[int], moments: Moments
) -> Iterator[str]:
    """Rasters whose values are far from those of the raster in the middle."""
    read = np.flatnonzero(moments.count)
    if not len(read):
        return
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
