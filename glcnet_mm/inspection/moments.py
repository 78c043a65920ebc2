"""Mean, variance and percentiles of streams of pixels, in memory of a fixed size."""

from collections.abc import Sequence

import numpy as np

BINS = 1 << 16
# Pixels of wide types that percentiles are taken of.
KEPT = 1 << 20


class Moments:
    """Count, mean and sum of squared deviations of every band, group by group.

    Pieces are merged by the formula of Chan, Golub and LeVeque (1979), which loses no
    digits where values are large and vary little.

    Args:
        groups: Number of groups, e.g. rasters.
        bands: Number of bands.
    """

    def __init__(self, groups: int, bands: int) -> None:
        self.count = np.zeros(groups, np.int64)
        self.mean = np.zeros((groups, bands))
        self.squares = np.zeros((groups, bands))

    def add(self, group: int, pixels: np.ndarray) -> np.ndarray:
        """Adds ``(bands, n)`` pixels to a group, n > 0; returns their means."""
        n, before = pixels.shape[1], self.count[group]
        means = np.empty(len(pixels))
        for band, values in enumerate(pixels):
            values = values.astype(np.float64)
            means[band] = values.mean()
            values -= means[band]
            apart = means[band] - self.mean[group, band]
            self.squares[group, band] += np.dot(values, values)
            self.squares[group, band] += apart**2 * (before * n / (before + n))
            self.mean[group, band] += apart * (n / (before + n))
        self.count[group] += n
        return means

    def total(self) -> tuple[int, np.ndarray, np.ndarray]:
        """Number of pixels, mean and standard deviation ``(bands,)`` of all groups."""
        count = int(self.count.sum())
        weight = (self.count / count)[:, None]
        mean = (weight * self.mean).sum(0)
        between = (weight * (self.mean - mean) ** 2).sum(0)
        return count, mean, np.sqrt(self.squares.sum(0) / count + between)

    def deviations(self) -> np.ndarray:
        """Standard deviation ``(groups, bands)``; 0 of empty groups."""
        return np.sqrt(self.squares / np.maximum(self.count, 1)[:, None])


class Percentiles:
    """Percentiles of every band, exact for whole numbers of up to 16 bits.

    Those are counted, value by value. Of wider types the extremes are exact and the
    rest is that of ``KEPT`` pixels, drawn at random with a fixed seed.

    Args:
        bands: Number of bands.
        dtype: Of the pixels.
        wanted: Percentiles, 0 to 100, rising.
    """

    def __init__(self, bands: int, dtype: np.dtype, wanted: Sequence[float]) -> None:
        self.dtype = dtype
        self.wanted: np.ndarray = np.asarray(wanted, np.float64)
        self.narrow = dtype.kind in 'iu' and dtype.itemsize <= 2
        self.counts = np.zeros((bands, BINS if self.narrow else 0), np.int64)
        self.ends: np.ndarray = np.array([[np.inf], [-np.inf]]).repeat(bands, 1)
        self.kept: np.ndarray = np.empty((bands, 0))
        self.lots: np.ndarray = np.empty(0)
        self.rng = np.random.default_rng(0)

    def add(self, pixels: np.ndarray) -> None:
        """Counts or draws from ``(bands, n)`` pixels, n > 0."""
        if self.narrow:
            least = np.iinfo(self.dtype).min
            for band, values in enumerate(pixels):
                keys = values.astype(np.int64) - least
                self.counts[band] += np.bincount(keys, minlength=BINS)
            return
        self.ends[0] = np.minimum(self.ends[0], pixels.min(1))
        self.ends[1] = np.maximum(self.ends[1], pixels.max(1))
        lots: np.ndarray = self.rng.random((pixels.shape[1],))
        if self.lots.size == KEPT:
            low = lots < self.lots.max()
            lots, pixels = lots[low], pixels[:, low]
        self.lots = np.concatenate([self.lots, lots])
        self.kept = np.concatenate([self.kept, pixels], 1)
        if self.lots.size > KEPT:
            # The pixels with the least lots of all so far: each is as likely.
            drawn = np.argpartition(self.lots, KEPT - 1)[:KEPT]
            self.lots, self.kept = self.lots[drawn], self.kept[:, drawn]

    def values(self) -> np.ndarray:
        """``(wanted, bands)``: the least value that so many per cent do not exceed."""
        if self.narrow:
            ends = self.counts.cumsum(1)
            ranks = np.ceil(self.wanted / 100 * ends[0, -1]).clip(min=1)
            bins = [np.searchsorted(e, ranks) for e in ends]
            return np.array(bins, np.float64).T + np.iinfo(self.dtype).min
        found = np.percentile(self.kept, self.wanted, axis=1, method='inverted_cdf')
        outer = np.flatnonzero(np.isin(self.wanted, (0, 100)))
        found[outer] = self.ends[(self.wanted[outer] == 100).astype(int)]
        return found
