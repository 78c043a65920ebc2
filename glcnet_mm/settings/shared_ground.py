"""Whether the data of a test show ground that was learnt from."""

import numpy as np

from ..datasets.windows import WindowDataset
from ..splits.overlap import (
    bounds_inside,
    ground_groups,
    overlapping,
    window_bounds,
)

# So many windows of the training are compared, evenly spread.
MOST = 4096


def shared_ground(train: WindowDataset, test: WindowDataset) -> str | None:
    """A sentence on ground in common, None where there is none.

    Where windows are listed these count, else whole rasters.
    """
    infos = [*train.index.infos, *test.index.infos]
    apart = len(train.index.infos)
    groups = ground_groups(infos)
    common = np.intersect1d(groups[:apart], groups[apart:])
    mine, theirs = _windows(train), _windows(test)
    for group in common:
        reference = infos[int(np.flatnonzero(groups == group)[0])]
        own, other = (
            [
                (infos[n].path, windows, window_bounds(infos[n], windows, reference))
                for n, windows in ((first + s, w) for s, w in part.items())
                if groups[n] == group
            ]
            for first, part in ((0, mine), (apart, theirs))
        )
        for learnt, windows, these in own:
            for tested, others, those in other:
                if learnt == tested:
                    these, those = bounds_inside(windows), bounds_inside(others)
                if any(overlapping(bounds, those).any() for bounds in these):
                    return _sentence(learnt, tested)
    return None


def _sentence(learnt: str, tested: str) -> str:
    place = f'in {tested}'
    if learnt != tested:
        place = f'where {tested} and {learnt} overlap'
    return (
        f'The test data show ground that is trained on, {place}, so that their scores '
        f'will be too good: split by tools/make_splits.py or name other rasters.'
    )


def _windows(dataset: WindowDataset) -> dict[int, np.ndarray]:
    """``(N, 4)`` column, row, width and height by scene."""
    if dataset.listed is None:
        return {
            scene: np.array([[0, 0, info.width, info.height]])
            for scene, info in enumerate(dataset.index.infos)
        }
    step = -(-len(dataset.listed) // MOST)
    found: dict[int, list] = {}
    for scene, window in dataset.listed[::step]:
        found.setdefault(scene, []).append(tuple(window))
    return {scene: np.array(windows) for scene, windows in found.items()}
