"""Jigsaw puzzles (Noroozi and Favaro, ECCV 2016): shuffled cells of a view."""

from functools import lru_cache
from itertools import permutations

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ...errors import UserError
from ..sample_keys import Sample, View
from .geometry import CropPixels, CropResize, compose, warp
from .views import warp_mask


@TRANSFORMS.register_module()
class JigsawCells(BaseTransform):
    """Cuts the only view into cells, each cropped at random, and shuffles them.

    The random crop leaves gaps between cells, so that their edges do not give the order
    away. Replaces ``views`` by the cells, in the order that ``targets['order']``, the
    number of a permutation, tells.

    Args:
        cell: Side of a cell in pixels; the view needs at least ``grid`` times as much.
        crop: Side of the crop in a cell, resized to ``cell``.
        orders: Number of permutations to tell apart.
        grid: Cells per side.
        seed: Of the permutations.
    """

    def __init__(
        self, cell: int, crop: int, orders: int = 1000, grid: int = 3, seed: int = 0
    ) -> None:
        self.cell, self.grid = cell, grid
        whole = CropResize(cell, area=(1, 1), aspect=(1, 1))
        self.parts = [CropPixels(crop), whole]
        self.orders = distant_permutations(grid * grid, orders, seed)

    def transform(self, results: Sample) -> Sample:
        """Cuts and shuffles; see the class."""
        rng, (view,) = results['rng'], results['views']
        height, width = view['img'].shape[:2]
        if min(height, width) < self.grid * self.cell:
            raise UserError(
                f'A view of {width}x{height} px is too small for {self.grid} cells of '
                f'{self.cell} px per side; enlarge the view or shrink the cells.'
            )
        cells = [
            self._cut(view, row * self.cell, col * self.cell, rng)
            for row in range(self.grid)
            for col in range(self.grid)
        ]
        number = int(rng.integers(len(self.orders)))
        results['views'] = [cells[place] for place in self.orders[number]]
        results['targets'] = dict(order=torch.tensor(number))
        return results

    def _cut(self, view: View, top: int, left: int, rng: np.random.Generator) -> View:
        # Cut before the warp: interpolation must not read the neighbour's edge.
        inside = slice(top, top + self.cell), slice(left, left + self.cell)
        shift = np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]])
        matrix, size = compose(self.parts, (self.cell, self.cell), rng, np.eye(3))
        return View(
            img=warp(view['img'][inside], matrix, size, nearest=False, border=None),
            valid=warp_mask(view['valid'][inside], matrix, size),
            homography=matrix @ shift @ view['homography'],
        )


@lru_cache
def distant_permutations(length: int, count: int, seed: int) -> np.ndarray:
    """Permutations that differ in many places: a greedy maximum of the least distance.

    Args:
        length: Of a permutation, at most 9.
        count: Number of permutations.
        seed: Of the first one.

    Returns:
        ``(count, length)`` uint8, distinct rows from 0 to ``length - 1``.
    """
    every = np.array(list(permutations(range(length))), np.uint8).T.copy()
    total = every.shape[1]
    if not 2 <= count <= total:
        raise UserError(f'There are 2 to {total} permutations, not {count}.')
    chosen = [int(np.random.default_rng(seed).integers(total))]
    nearest = np.full(total, length + 1, np.uint8)
    while len(chosen) < count:
        distance = np.zeros(total, np.uint8)
        for places in every:
            distance += places != places[chosen[-1]]
        np.minimum(nearest, distance, out=nearest)
        chosen.append(int(nearest.argmax()))
    return every[:, chosen].T
