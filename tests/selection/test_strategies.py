"""The choice against a brute force on small sets."""

import itertools

import numpy as np
import pytest

from glcnet_mm.selection.clusters import cluster, squared_distances, typicality
from glcnet_mm.selection.strategies import STRATEGIES, Pool, choose


def none_shared(count):
    return lambda number: np.arange(count) == number


def groups(count=4, each=12, seed=0):
    rng = np.random.default_rng(seed)
    centres = 10 * np.eye(count, 5)
    return np.concatenate([c + rng.normal(0, 0.5, (each, 5)) for c in centres])


def pool_of(features, shared=None, usable=None, labelled=(), scenes=None, by=None):
    count = len(features)
    return Pool(
        features,
        np.zeros(count, int) if scenes is None else scenes,
        np.ones(count, bool) if usable is None else usable,
        shared or none_shared(count),
        np.array(labelled, int),
        by,
    )


def test_typicality_equals_a_loop():
    features = groups(2)
    expected = []
    for i, x in enumerate(features):
        others = [np.linalg.norm(x - y) for j, y in enumerate(features) if j != i]
        expected.append(1 / np.mean(sorted(others)[:5]))
    np.testing.assert_allclose(typicality(features, 5), expected, rtol=1e-9)
    assert typicality(features[:1]).tolist() == [1]


def test_clusters_have_the_least_spread_of_all_divisions():
    rng = np.random.default_rng(3)
    features = np.concatenate([rng.normal(m, 0.2, (4, 2)) for m in (0, 3)])

    def spread(labels):
        parts = [features[labels == c] for c in np.unique(labels)]
        return sum(((p - p.mean(0)) ** 2).sum() for p in parts)

    every = itertools.product((0, 1), repeat=8)
    best = min(spread(np.array(labels)) for labels in every)
    assert spread(cluster(features, 2, seed=0)) == pytest.approx(best)


def test_typical_takes_the_most_typical_of_every_cluster():
    features = groups()
    pool = pool_of(features)
    choose(pool, 4, 'typical', seed=0)
    expected = {12 * g + typicality(features[12 * g :][:12]).argmax() for g in range(4)}
    assert set(pool.taken) == expected


def test_k_centre_equals_a_brute_force():
    features = groups(3, 6)
    pool = pool_of(features)
    choose(pool, 5, 'k-centre', seed=0)
    chosen = [int(((features - features.mean(0)) ** 2).sum(1).argmin())]
    while len(chosen) < 5:
        nearest = [
            min(((x - features[c]) ** 2).sum() for c in chosen) for x in features
        ]
        chosen.append(int(np.argmax(nearest)))
    assert pool.taken == chosen


def test_strata_get_their_shares():
    features = np.concatenate([groups(1, 30), 50 + groups(1, 10)])
    pool = pool_of(features)
    clusters = choose(pool, 2, 'stratified', seed=0)
    assert len(np.unique(clusters)) == 2
    pool = pool_of(features)
    choose(pool, 20, 'stratified', seed=1)
    assert abs(np.sum(np.array(pool.taken) < 30) - 15) <= 2


@pytest.mark.parametrize('strategy', STRATEGIES)
def test_nothing_unusable_labelled_or_on_ground_of_another(strategy):
    features = groups()
    usable = np.arange(48) % 5 > 0
    pool = pool_of(
        features, lambda n: np.arange(48) // 2 == n // 2, usable, labelled=[1, 13]
    )
    choose(pool, 40, strategy, seed=0)
    taken = np.array(pool.taken)
    assert usable[taken].all() and not {0, 6} & set(taken // 2)
    assert len(set(taken // 2)) == len(taken) == 22


def test_labelled_clusters_come_last():
    features = groups()
    pool = pool_of(features, labelled=[0, 12])
    choose(pool, 2, 'typical', seed=0)
    assert {n // 12 for n in pool.taken} == {2, 3}


def test_typical_spreads_over_scenes():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (200, 2))
    scenes = rng.integers(0, 4, 200)
    pool = pool_of(features, scenes=scenes)
    choose(pool, 8, 'typical', seed=0)
    assert np.bincount(scenes[pool.taken], minlength=4).min() >= 1


@pytest.mark.parametrize('strategy', STRATEGIES)
def test_budgets_of_scenes_are_equal_or_by_their_size(strategy):
    features = groups(4, 20)
    # Three windows, 17, 20 and 40; the embedding says nothing of the scene.
    scenes = np.random.default_rng(1).permutation(np.repeat(range(4), (3, 17, 20, 40)))

    def of_scenes(budget, **settings):
        pool = pool_of(features, scenes=scenes, **settings)
        choose(pool, budget, strategy, seed=0)
        return np.bincount(scenes[pool.taken], minlength=4).tolist()

    assert of_scenes(12, by='scene') == [3, 3, 3, 3]
    # What the first lacks goes to the others.
    assert sorted(of_scenes(16, by='scene')) == [3, 4, 4, 5]
    assert of_scenes(16, by='area') == webster((3, 17, 20, 40), 16)
    assert max(of_scenes(3, by='scene')) == 1
    # Labelled ones count.
    three = np.flatnonzero(scenes == 3)[:3]
    assert of_scenes(9, by='scene', labelled=three) == [3, 3, 3, 0]


def webster(sizes, seats):
    """Seats by a search for the divisor."""
    for divisor in np.linspace(0.1, sum(sizes), 100_000):
        counts = [int(size / divisor + 0.5) for size in sizes]
        if sum(counts) == seats:
            return counts
    return None


def test_squared_distances_are_exact():
    a, b = groups(1, 5), groups(1, 7, seed=1)
    expected = ((a[:, None] - b) ** 2).sum(2)
    np.testing.assert_allclose(squared_distances(a, b), expected, atol=1e-9)
