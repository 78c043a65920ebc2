"""Values that count as black and white."""

from collections.abc import Sequence

import numpy as np

from ...errors import UserError
from ...stats_file import read_statistics

Limit = float | np.ndarray
Given = Sequence[float | Sequence[float]] | str


class ValueRange:
    """Black and white, for all bands or for each.

    Args:
        given: Two values, or two sequences with one value per band, or a file of
            ``tools/compute_stats.py``: percentiles 0.1 and 99.9 of every band.
    """

    def __init__(self, given: Given) -> None:
        self.name = given if isinstance(given, str) else 'value_range'
        limits = read_statistics(given).span() if isinstance(given, str) else given
        self.low, self.high = map(_as_limit, limits)
        if not np.all(np.less(self.low, self.high)):
            raise UserError(f'value_range must rise from black to white, got {given}.')

    def of_bands(self, count: int, raster: str) -> tuple[Limit, Limit]:
        """The limits of a raster's bands.

        Raises:
            UserError: It is read with another number of bands.
        """
        for limit in (self.low, self.high):
            if np.size(limit) not in (1, count):
                raise UserError(
                    f'{raster} is read with {count} bands but {self.name} has '
                    f'{np.size(limit)}; compute the statistics of the bands that '
                    f'LoadRaster reads.'
                )
        return self.low, self.high


def _as_limit(value: float | Sequence[float]) -> Limit:
    return value if isinstance(value, float | int) else np.asarray(value, np.float32)
