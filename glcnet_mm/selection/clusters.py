"""Clusters of vectors, and how typical each vector is of its own."""

import warnings

import numpy as np
from scipy.cluster.vq import kmeans2

# Lloyd's steps; neighbours and entries of one block of distances.
STEPS = 30
NEIGHBOURS = 20
BLOCK = 2**24


def squared_distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """``(N, M)`` float64, never negative."""
    some, others = some.astype(np.float64), others.astype(np.float64)
    products = some @ others.T
    lengths = (some**2).sum(1)[:, None] + (others**2).sum(1)
    return np.maximum(lengths - 2 * products, 0)


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
        _, labels = kmeans2(
            features.astype(np.float64),
            features[chosen].astype(np.float64),
            STEPS,
            minit='matrix',
        )
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
