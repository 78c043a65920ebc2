"""Files of band statistics, as ``tools/compute_stats.py`` writes them."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .errors import MissingFileError, UserError
from .reading import MISFITS, read_text

# Photometry clips to the value range, so it must span the data: these leave out one
# pixel in 500, which takes away spikes but no roofs or clouds, as 1 and 99 would.
VALUE_RANGE = (0.1, 99.9)
# Networks get values in [-1.6, 1.6], as in the paper.
PAPER_WIDTH = 3.2
Numbers = float | Sequence[float]


class BandStatistics(NamedTuple):
    """Figures of every band in the order they are read."""

    path: str
    mean: list[float]
    std: list[float]
    percentiles: dict[float, list[float]]

    def scale(self, between: Sequence[float] | None) -> tuple[list, list]:
        """What to subtract and to divide by.

        Args:
            between: Two percentiles that become -1.6 and 1.6; None takes the mean and
                the standard deviation.
        """
        if between is None:
            self._check_spread(self.std)
            return self.mean, self.std
        low, high = self.span(between)
        pairs = list(zip(low, high, strict=True))
        middle = [(a + b) / 2 for a, b in pairs]
        return middle, [(b - a) / PAPER_WIDTH for a, b in pairs]

    def span(self, between: Sequence[float] = VALUE_RANGE) -> tuple[list, list]:
        """The lower and the upper of two percentiles of every band."""
        for p in between:
            if float(p) not in self.percentiles:
                known = ', '.join(f'{p:g}' for p in self.percentiles)
                raise UserError(
                    f'{self.path} does not hold the percentile {p}; it has {known}.'
                )
        low, high = (self.percentiles[float(p)] for p in between)
        self._check_spread([b - a for a, b in zip(low, high, strict=True)])
        return low, high

    def _check_spread(self, spreads: Sequence[float]) -> None:
        for number, spread in enumerate(spreads):
            if spread <= 0:
                raise UserError(
                    f'{self.path} says that number {number + 1} of its bands is '
                    f'constant; leave it out with bands=[...] in LoadRaster and '
                    f'compute the statistics again.'
                )


def read_statistics(path: str) -> BandStatistics:
    """Reads a file of statistics.

    Raises:
        MissingFileError: There is none.
        UserError: It is damaged or something else.
    """
    if not Path(path).is_file():
        raise MissingFileError(
            f'{path}, the statistics of the bands, does not exist; write it with '
            f'tools/compute_stats.py CONFIG {path}.'
        )
    try:
        bands = json.loads(read_text(path))['bands']
        found = BandStatistics(
            str(path),
            [float(band['mean']) for band in bands],
            [float(band['std']) for band in bands],
            {
                float(p): [float(band['percentiles'][p]) for band in bands]
                for p in bands[0]['percentiles']
            },
        )
    except (*MISFITS, RecursionError) as error:
        raise _no_statistics(path, f'{type(error).__name__}: {error}'[:200]) from error
    figures = [*found.mean, *found.std, *sum(found.percentiles.values(), [])]
    if not all(map(math.isfinite, figures)):
        raise _no_statistics(path, 'a figure is not finite')
    return found


def read_scale(
    mean: Numbers | None,
    std: Numbers | None,
    stats: str | None,
    between: Sequence[float] | None = None,
) -> tuple[Numbers, Numbers]:
    """Mean and scale as given, or instead of them those of a file of statistics."""
    if stats is not None:
        return read_statistics(stats).scale(between)
    if between is not None:
        raise UserError('percentiles are those of a file: set stats as well.')
    if mean is None or std is None:
        raise UserError(
            'Give mean and std, or stats, a file of tools/compute_stats.py.'
        )
    return mean, std


def _no_statistics(path: str, reason: str) -> UserError:
    return UserError(
        f'{path} holds no statistics of bands ({reason}); write it again with '
        f'tools/compute_stats.py.'
    )
