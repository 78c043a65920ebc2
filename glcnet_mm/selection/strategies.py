"""Which of many windows to label next."""

from collections.abc import Callable

import numpy as np

from .clusters import cluster, squared_distances, typicality

# Of a cluster's windows, those typical enough that the spread over scenes decides.
TYPICAL_SHARE = 0.1
# Windows whose vectors are kept and clustered; of more, as many are drawn.
MOST_WINDOWS = 100_000
STRATEGIES = ('typical', 'k-centre', 'random', 'stratified')
# How the windows are divided among scenes.
DIVISIONS = ('scene', 'area')
Shared = Callable[[int], np.ndarray]


class Pool:
    """Windows that may still be chosen; those that share ground with chosen ones go.

    Args:
        features: ``(N, D)``.
        scenes: ``(N,)`` scene of each.
        usable: ``(N,)`` bool, such as mostly valid.
        shared: Windows with ground of a window; see ``Ground.shared``.
        labelled: Numbers of those that have labels already.
        by: ``scene`` for as many of each scene, ``area`` for as many as its share of
            the usable windows, by Webster's method; None leaves it to the strategy.
            Labelled ones count, and what a scene lacks goes to the others.
    """

    def __init__(
        self,
        features: np.ndarray,
        scenes: np.ndarray,
        usable: np.ndarray,
        shared: Shared,
        labelled: np.ndarray,
        by: str | None = None,
    ) -> None:
        self.features, self.scenes, self.shared = features, scenes, shared
        self.open, self.labelled = usable.copy(), labelled
        self.taken: list[int] = []
        self.picks = np.bincount(scenes[labelled], minlength=scenes.max() + 1)
        sizes = np.bincount(scenes[usable], minlength=len(self.picks))
        self.shares = {None: None, 'scene': np.ones(len(sizes)), 'area': sizes}[by]
        for number in labelled:
            self.open[shared(int(number))] = False

    def due(self) -> np.ndarray:
        """``(N,)`` bool: windows of which the next is one."""
        if self.shares is None:
            return self.open
        served = (self.picks + 0.5) / np.maximum(self.shares, 0.5)
        waits = np.isin(np.arange(len(served)), self.scenes[self.open])
        next_scenes = np.flatnonzero(waits & (served == served[waits].min()))
        return self.open & np.isin(self.scenes, next_scenes)

    def take(self, number: int) -> None:
        """Chooses a window."""
        self.taken.append(int(number))
        self.picks[self.scenes[number]] += 1
        self.open[self.shared(int(number))] = False
        self.open[number] = False


def choose(pool: Pool, budget: int, strategy: str, seed: int) -> np.ndarray:
    """Chooses up to ``budget`` windows into ``pool.taken``, best first.

    Returns:
        The cluster ``(N,)`` of every window, of which each strategy has as many as
        windows are labelled in the end, -1 for those that cannot be chosen.
    """
    known = pool.open.copy()
    known[pool.labelled] = True
    numbers = np.flatnonzero(known)
    count = min(len(numbers), budget + len(pool.labelled))
    clusters = np.full(len(known), -1)
    clusters[numbers] = cluster(pool.features[numbers], count, seed)
    step = _step(pool, clusters, strategy, np.random.default_rng(seed))
    while len(pool.taken) < budget and pool.open.any():
        pool.take(step())
    return clusters


def _step(
    pool: Pool, clusters: np.ndarray, strategy: str, rng: np.random.Generator
) -> Callable[[], int]:
    if strategy == 'typical':
        return _typical(pool, clusters)
    if strategy == 'stratified':
        return _stratified(pool, clusters, rng)
    if strategy == 'k-centre':
        return _farthest(pool)
    return lambda: int(rng.choice(np.flatnonzero(pool.due())))


def _least_covered(pool: Pool, clusters: np.ndarray) -> np.ndarray:
    """Due windows of the largest cluster among those with fewest labels."""
    size = np.bincount(clusters[clusters >= 0])
    used = np.bincount(
        clusters[[*pool.labelled, *pool.taken]].astype(int), minlength=len(size)
    )
    due = pool.due()
    free = np.bincount(clusters[due], minlength=len(size)) > 0
    best = min(np.flatnonzero(free), key=lambda c: (used[c], -size[c], c))
    return np.flatnonzero(due & (clusters == best))


def _typical(pool: Pool, clusters: np.ndarray) -> Callable[[], int]:
    # Of all windows of a cluster, so that what is chosen does not change it.
    scores = np.zeros(len(clusters))
    for number in np.unique(clusters[clusters >= 0]):
        inside = np.flatnonzero(clusters == number)
        scores[inside] = typicality(pool.features[inside])

    def step() -> int:
        some = _least_covered(pool, clusters)
        some = some[np.argsort(-scores[some], kind='stable')]
        top = some[: max(1, round(TYPICAL_SHARE * len(some)))]
        return int(top[pool.picks[pool.scenes[top]].argmin()])

    return step


def _stratified(
    pool: Pool, clusters: np.ndarray, rng: np.random.Generator
) -> Callable[[], int]:
    """A random window of the stratum that lacks most of its share."""
    size = np.bincount(clusters[clusters >= 0])

    def step() -> int:
        used = np.zeros(len(size))
        np.add.at(used, clusters[[*pool.labelled, *pool.taken]].astype(int), 1)
        total = used.sum() + 1
        lacking = size / size.sum() * total - used
        due = pool.due()
        lacking[np.bincount(clusters[due], minlength=len(size)) == 0] = -np.inf
        inside = due & (clusters == int(lacking.argmax()))
        return int(rng.choice(np.flatnonzero(inside)))

    return step


def _farthest(pool: Pool) -> Callable[[], int]:
    """Greedy k-centre: the window farthest from all chosen, first the most central."""
    features = pool.features
    centre = features[pool.open].mean(0, keepdims=True)
    nearest = np.full(len(features), np.inf)
    seen = 0

    def step() -> int:
        nonlocal seen, nearest
        chosen = [*pool.labelled, *pool.taken]
        if not chosen:
            score = -squared_distances(features, centre)[:, 0]
        else:
            for number in chosen[seen:]:
                new = squared_distances(features, features[[number]])[:, 0]
                nearest = np.minimum(nearest, new)
            seen, score = len(chosen), nearest
        return int(np.where(pool.due(), score, -np.inf).argmax())

    return step
