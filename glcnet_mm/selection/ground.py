"""Which windows show ground that others show too."""

from collections.abc import Sequence

import numpy as np

from ..datasets.windows import WindowDataset
from ..splits.overlap import (
    bounds_inside,
    ground_groups,
    overlapping,
    window_bounds,
)
from .features import Place


class Ground:
    """Bounds of windows on the ground, in pixel sides of one scene of their group.

    Args:
        dataset: Of the windows.
        places: Scene and window of each.
    """

    def __init__(self, dataset: WindowDataset, places: Sequence[Place]) -> None:
        infos = dataset.index.infos
        self.scenes = scenes = np.array([scene for scene, _ in places])
        windows = np.array([window for _, window in places])
        self.groups = ground_groups(infos)[scenes]
        self.bounds = np.zeros((len(places), 4))
        self.inside = bounds_inside(windows)
        reference: dict[int, int] = {}
        for scene in np.unique(scenes):
            here = scenes == scene
            group = int(self.groups[here][0])
            first = infos[reference.setdefault(group, int(scene))]
            self.bounds[here] = window_bounds(infos[scene], windows[here], first)

    def shared(self, number: int) -> np.ndarray:
        """``(N,)``: which windows show some of the ground of one of them."""
        here = self.groups == self.groups[number]
        here &= overlapping(self.bounds[number], self.bounds)
        # Its own scene needs no rectangle around a window that another CRS turns.
        own = self.scenes == self.scenes[number]
        here[own] = overlapping(self.inside[number], self.inside[own])
        return here
