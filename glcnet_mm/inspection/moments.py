"""Mean, variance and percentiles of streams of pixels, in memory of a fixed size."""

from collections.abc import Sequence

import numpy as np

BINS = 1 << 16
_SIGN = np.uint32(1 << 31)


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
    """Percentiles of every band, exact for types of up to 32 bits.

    Pixels are counted by the upper 16 bits of a whole number that sorts as they do.
    That is all of a type of 16 bits; of others a second pass over the same pixels
    counts the lower 16 bits where a percentile lies. Wider types become float32.

    Args:
        bands: Number of bands.
        dtype: Of the pixels.
        wanted: Percentiles, 0 to 100.
    """

    def __init__(self, bands: int, dtype: np.dtype, wanted: Sequence[float]) -> None:
        self.dtype, self.wanted = dtype, np.asarray(wanted, np.float64)
        self.narrow = dtype.kind in 'iu' and dtype.itemsize <= 2
        self.upper = np.zeros((bands, BINS), np.int64)
        self._slots: np.ndarray | None = None
        self._lower: list[np.ndarray] = []

    def add(self, pixels: np.ndarray) -> None:
        """Counts ``(bands, n)`` pixels, in the first pass and in the second."""
        for band, values in enumerate(pixels):
            keys = _keys(values)
            upper = keys if self.narrow else keys >> 16
            if self._slots is None:
                self.upper[band] += np.bincount(upper, minlength=BINS)
                continue
            slots = self._slots[band][upper]
            places = slots.astype(np.int64) * BINS + (keys & (BINS - 1))
            counts = np.bincount(places[slots >= 0], minlength=self._lower[band].size)
            self._lower[band] += counts.reshape(self._lower[band].shape)

    def begin_second_pass(self) -> None:
        """Notes where the percentiles lie; ``add`` must then see all pixels again."""
        self._slots = np.full(self.upper.shape, -1, np.int32)
        for band, bins in enumerate(self._place()[0]):
            found = np.unique(bins)
            self._slots[band, found] = np.arange(len(found))
            self._lower.append(np.zeros((len(found), BINS), np.int64))

    def values(self) -> np.ndarray:
        """``(wanted, bands)``: the least value that so many per cent do not exceed."""
        bins, rest = self._place()
        keys = bins.astype(np.uint32)
        if not self.narrow:
            for band, lower in enumerate(self._lower):
                ends = lower.cumsum(1)[self._slots[band][bins[band]]]
                low = (ends <= rest[band][:, None]).sum(1)
                keys[band] = (keys[band] << 16) | low.astype(np.uint32)
        return _values(keys, self.dtype).T

    def is_mask(self, band: int) -> bool:
        """Whether an unsigned type of up to 16 bits holds 0 and one other value."""
        counts = self.upper[band]
        unsigned = self.narrow and self.dtype.kind == 'u'
        return bool(unsigned and counts[0] and np.count_nonzero(counts) == 2)

    def _place(self) -> tuple[np.ndarray, np.ndarray]:
        """Bin of each wanted percentile and its rank in it, ``(bands, wanted)``."""
        ends = self.upper.cumsum(1)
        ranks = np.ceil(self.wanted / 100 * ends[0, -1]).astype(np.int64) - 1
        ranks = ranks.clip(min=0)
        bins = np.array([np.searchsorted(e, ranks, side='right') for e in ends])
        before = np.take_along_axis(ends - self.upper, bins, 1)
        return bins, ranks - before


def _keys(values: np.ndarray) -> np.ndarray:
    """Whole numbers (uint32) in the order of the values."""
    if values.dtype.kind in 'iu' and values.dtype.itemsize <= 4:
        least = np.iinfo(values.dtype).min
        return (values.astype(np.int64) - least).astype(np.uint32)
    bits = values.astype(np.float32).view(np.uint32)
    # Bit patterns of positive floats sort as they are, of negative ones backwards.
    return np.where(bits >> 31, ~bits, bits | _SIGN)


def _values(keys: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values (float64) of the keys."""
    if dtype.kind in 'iu' and dtype.itemsize <= 4:
        return keys.astype(np.float64) + np.iinfo(dtype).min
    bits = np.where(keys >> 31, keys ^ _SIGN, ~keys)
    return bits.astype(np.uint32).view(np.float32).astype(np.float64) + 0.0
