"""Clusters of vectors, and how typical each vector is of its own."""

import warnings
from collections.abc import Iterator

import numpy as np
from scipy.cluster.vq import kmeans2

# Lloyd's steps; neighbours; entries of one block of distances, and vectors of which
# float64 is made at once: all would be twice the memory of the vectors themselves.
STEPS = 30
NEIGHBOURS = 20
BLOCK = 2**24
ROWS = 2**12


def squared_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """``(N, M)`` float64, never negative."""
    others = others.astype(np.float64)
    found = np.empty((len(some), len(others)))
    for rows in row_blocks(len(some)):
        block = some[rows].astype(np.float64)
        lengths = (block**2).sum(1)[:, None] + (others**2).sum(1)
        found[rows] = np.maximum(lengths - 2 * block @ others.T, 0)
    return found


def row_blocks(count: int) -> Iterator[slice]:
    """``ROWS`` vectors after the other."""
    return (slice(start, start + ROWS) for start in range(0, count, ROWS))


def cluster(features: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Number of the cluster of each vector, by k-means from k-means++ starts.

    Args:
        features: ``(N, D)``.
        count: Clusters, at most N; some may stay empty.
        seed: Of the starts.
    """
    rng = np.random.default_rng(seed)
    chosen = [int(rng.integers(len(features)))]
    nearest = squared_distances(features, features[chosen])[:, 0]
    for _ in range(count - 1):
        total = nearest.sum()
        if not total:
            break  # all that is left repeats a start
        chosen.append(int(rng.choice(len(features), p=nearest / total)))
        new = squared_distances(features, features[chosen[-1:]])[:, 0]
        nearest = np.minimum(nearest, new)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # a cluster may lose all its members
        _, labels = kmeans2(features, features[chosen], STEPS, minit='matrix')
    return labels


def typicality(features: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Inverse of the mean distance to the nearest others (Hacohen et al., ICML 2022).

    Args:
        features: ``(N, D)`` of one cluster.
        neighbours: K; all others where there are fewer.
    """
    count = min(neighbours, len(features) - 1)
    if not count:
        return np.ones(len(features))
    means = np.zeros(len(features))
    rows = max(1, BLOCK // len(features))
    for start in range(0, len(features), rows):
        end = min(start + rows, len(features))
        distances = np.sqrt(squared_distances(features[start:end], features))
        distances[np.arange(end - start), np.arange(start, end)] = np.inf
        means[start:end] = np.partition(distances, count - 1, 1)[:, :count].mean(1)
    return 1 / np.maximum(means, 1e-12)
