"""Jigsaw puzzles: permutations far from each other, cells where the order says."""

import numpy as np
import pytest

from glcnet_mm.datasets.transforms import JigsawCells, PackViews
from glcnet_mm.datasets.transforms.jigsaw import distant_permutations

CELL, CROP = 10, 8


def test_permutations_are_distinct_and_far_from_each_other():
    rows = distant_permutations(9, 1000, 0)
    assert (np.sort(rows, 1) == np.arange(9)).all()
    distance = (rows[:, None] != rows[None]).sum(-1)
    pairs = distance[np.triu_indices(1000, 1)]
    # The list of the GLCNet authors has a least distance of 2 and a mean of 8.006.
    assert pairs.min() >= 5 and pairs.mean() > 7.8
    assert np.array_equal(rows, distant_permutations(9, 1000, 0))
    assert not np.array_equal(rows, distant_permutations(9, 1000, 1))


def test_every_permutation_is_found_and_no_more_can_be_asked_for():
    assert len({tuple(row) for row in distant_permutations(4, 24, 0)}) == 24
    with pytest.raises(ValueError, match='2 to 24 permutations, not 25'):
        distant_permutations(4, 25, 0)


def puzzle(rng, side=3 * CELL):
    """A view whose two bands are its own x and y."""
    y, x = np.indices((side, side), np.float32)
    valid = np.ones((side, side), bool)
    view = dict(img=np.stack([x, y], -1), valid=valid, homography=np.eye(3))
    return dict(rng=rng, views=[view], raster_path='', window=(0, 0, side, side))


def test_cells_lie_where_order_and_homography_say():
    rng = np.random.default_rng(0)
    transform = JigsawCells(cell=CELL, crop=CROP, orders=100)
    places = set()
    for _ in range(20):
        results = transform.transform(puzzle(rng))
        order = transform.orders[int(results['targets']['order'])]
        for place, cell in zip(order, results['views'], strict=True):
            row, col = divmod(int(place), 3)
            assert cell['img'].shape == (CELL, CELL, 2) and cell['valid'].all()
            x, y = cell['img'][..., 0], cell['img'][..., 1]
            assert col * CELL <= x.min() and x.max() <= (col + 1) * CELL - 1
            assert row * CELL <= y.min() and y.max() <= (row + 1) * CELL - 1
            # The middle of the cell, found again by the homography.
            middle = np.array([(CELL - 1) / 2] * 2 + [1])
            source = np.linalg.inv(cell['homography']) @ middle
            found = [np.median(x), np.median(y)]
            assert np.allclose(source[:2], found, atol=0.02)
            places.add((int(place), x.min().round(3)))
    assert len(places) > 9 * 2  # the crops move


def test_the_order_is_packed_and_too_small_views_are_refused():
    rng = np.random.default_rng(0)
    transform = JigsawCells(cell=CELL, crop=CROP, orders=5)
    packed = PackViews().transform(transform.transform(puzzle(rng)))
    assert len(packed['inputs']) == 9 and 0 <= packed['data_samples'].order < 5
    with pytest.raises(ValueError, match='29x29 px is too small for 3 cells of 10'):
        transform.transform(puzzle(rng, 29))
