"""Statistics of every band over valid pixels, read window by window."""

from collections.abc import Callable, Sequence

import numpy as np

from ..datasets.raster_index import RasterIndex
from ..errors import UserError
from ..rasters.raster_io import RasterInfo, Window, read_window
from ..rasters.validity import BandChoice, Bands, as_choice
from ..rasters.validity_text import validity_of, validity_text
from ..wording import named_bands
from .moments import Moments, Percentiles
from .statistics_sample import Piece, Pieces, choose_pieces
from .values import BandValues, value_findings

PERCENTILES = (0.1, 1, 2, 5, 25, 50, 75, 95, 98, 99, 99.9)
# The least and the largest value are percentiles as well.
_WANTED = (0, *PERCENTILES, 100)
# Files whose masks are looked at to tell how validity is known.
DESCRIBED_FILES = 64


def band_statistics(
    index: RasterIndex,
    bands: Bands = None,
    windows: int | None = None,
    seed: int = 0,
    listed: Sequence[Piece] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict:
    """Mean, standard deviation, range and percentiles of every band.

    A pixel counts where it is valid in all bands, as in training.

    Args:
        index: Of the rasters.
        bands: 1-based bands in the order wanted, all when None, or a ``BandChoice``.
        windows: Number of random windows to read; every pixel when None, or when the
            rasters are no larger than that many windows.
        seed: Of the random windows.
        listed: Use only these windows instead of whole rasters.
        progress: Called with the number of reads done and their total.

    Returns:
        What a file of statistics holds; see ``BandStatistics``.

    Raises:
        RasterReadError: A raster is damaged or lacks a band.
        UserError: No pixel is valid.
    """
    choice = as_choice(bands)
    numbers = choice.numbers(index.infos[0].bands)
    dtype = np.result_type(*{info.dtype for info in index.infos})
    pieces, sampled = choose_pieces(index, windows, seed, listed, len(numbers))
    scan = Scan(index.infos, choice, dtype, pieces, progress, sampled)
    if not scan.moments.count.any():
        raise UserError(_why_nothing(index.infos, choice, numbers, pieces))
    count, mean, std = scan.moments.total()
    values, valid_share = scan.percentiles.values(), count / scan.pixels
    found = dict(
        mean=mean,
        # Rounding must not let a constant band pass for one that can be scaled.
        std=np.where(values[0] == values[-1], 0, std),
        min=values[0],
        max=values[-1],
        percentiles=dict(zip(map(str, PERCENTILES), values[1:-1], strict=True)),
        standard_error=scan.standard_error(mean) if sampled else None,
    )
    return dict(
        read=dict(
            mode='random windows' if sampled else 'every pixel',
            windows=scan.reads if sampled or listed is not None else None,
            window_px=index.window if sampled or listed is not None else None,
            seed=seed if sampled else None,
            files=len(index.infos),
            first_file=index.infos[0].path,
            bands=numbers,
            dtype=dtype.name,
            valid_pixels=count,
            valid_share=_short(valid_share),
            validity=validity_of(_read_files(index.infos, scan.values.seen), choice),
        ),
        bands=[_of_band(found, n, band) for n, band in enumerate(numbers)],
        notes=value_findings(index.infos, numbers, scan.values, ranged=False),
    )


class Scan:
    """What one reading of the pieces gives."""

    def __init__(
        self,
        infos: Sequence[RasterInfo],
        choice: BandChoice,
        dtype: np.dtype,
        pieces: Pieces,
        progress: Callable[[int, int], None],
        keep_means: bool,
    ) -> None:
        self.infos, self.choice, self.dtype = infos, choice, dtype
        self.keep_means = keep_means
        count = len(choice.numbers(infos[0].bands))
        self.moments = Moments(len(infos), count)
        self.percentiles = Percentiles(count, dtype, _WANTED)
        self.reads = sum(1 for _ in pieces())
        self.pixels = 0
        self.values = BandValues(len(infos), count)
        self._means: list[tuple[int, np.ndarray]] = []
        for number, (scene, window) in enumerate(pieces()):
            self._add(scene, window)
            progress(number + 1, self.reads)

    def standard_error(self, mean: np.ndarray) -> np.ndarray:
        """Of the mean, from the spread between windows, whose pixels are alike."""
        counts = np.array([count for count, _ in self._means])[:, None]
        means = np.array([means for _, means in self._means])
        squares = ((counts * (means - mean)) ** 2).sum(0)
        return np.sqrt(squares * len(means) / max(len(means) - 1, 1)) / counts.sum()

    def _add(self, scene: int, window: Window) -> None:
        found, valid = read_window(self.infos[scene].path, window, self.choice)
        pixels = np.ascontiguousarray(found[valid].T, self.dtype)
        self.pixels += window.width * window.height
        self.values.add(scene, pixels.T)
        if pixels.shape[1]:
            means = self.moments.add(scene, pixels)
            self.percentiles.add(pixels)
            if self.keep_means:
                self._means.append((pixels.shape[1], means))


def _read_files(infos: Sequence[RasterInfo], seen: np.ndarray) -> list[str]:
    """Some of the rasters that were read, evenly spread."""
    read = np.flatnonzero(seen)
    picks = np.linspace(0, len(read) - 1, min(len(read), DESCRIBED_FILES)).astype(int)
    return [infos[number].path for number in read[picks]]


def _why_nothing(
    infos: Sequence[RasterInfo],
    choice: BandChoice,
    bands: list[int],
    pieces: Pieces,
) -> str:
    """One sentence on the band that has no valid pixel, or on all of them."""
    where = f'{infos[0].path}' + f' and {len(infos) - 1} more' * (len(infos) > 1)
    one_band = {band: choice._replace(bands=(band,)) for band in bands}
    empty = [b for b in bands if not _any_valid(infos, pieces, one_band[b])]
    if not empty or len(empty) == len(bands):
        return (
            f'No pixel of {where} that was read is valid in all of '
            f'{named_bands(bands)}; validity: {validity_text(infos[0].path, choice)}.'
        )
    kept = [b for b in bands if b not in empty]
    return (
        f'Bands {empty} of {where} have no valid pixel in what was read; leave them '
        f'out with bands={kept} in LoadRaster.'
    )


def _any_valid(infos: Sequence[RasterInfo], pieces: Pieces, choice: BandChoice) -> bool:
    return any(
        read_window(infos[scene].path, window, choice)[1].any()
        for scene, window in pieces()
    )


def _of_band(found: dict, number: int, band: int) -> dict:
    """The figures of one band, of those of all."""
    error = found['standard_error']
    return dict(
        band=band,
        **{key: _short(found[key][number]) for key in ('mean', 'std', 'min', 'max')},
        percentiles={p: _short(v[number]) for p, v in found['percentiles'].items()},
        standard_error=None if error is None else _short(error[number]),
    )


def _short(value: float) -> float:
    """Nine digits: float32 has no more."""
    return float(f'{value:.9g}')
