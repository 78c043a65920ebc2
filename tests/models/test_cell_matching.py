"""Cells of two views that show one place, against a search pixel by pixel."""

import numpy as np
import pytest
import torch

from glcnet_mm.datasets.transforms.geometry import (
    CropResize,
    FlipAxes,
    QuarterTurns,
    compose,
)
from glcnet_mm.models.matching.cell_matching import (
    alike_cells,
    match_cells,
    on_common_ground,
)

SIZE, GRID = 48, 6


def views(seed, parts):
    rng = np.random.default_rng(seed)
    return np.stack([compose(parts, (64, 64), rng, np.eye(3))[0] for _ in range(2)])


@pytest.fixture(scope='module')
def homographies():
    parts = [CropResize(SIZE, area=(0.2, 1.0)), FlipAxes(), QuarterTurns()]
    return torch.from_numpy(np.stack([views(seed, parts) for seed in range(12)]))


def test_cells_are_matched_by_the_place_of_their_centres(homographies):
    valid = torch.rand(12, 2, SIZE, SIZE) > 0.2
    cells, keep = match_cells(homographies, valid, GRID)
    side, kept = SIZE / GRID, 0
    for n, (first, second) in enumerate(homographies.numpy()):
        to_second = second @ np.linalg.inv(first)
        for cell in range(GRID**2):
            row, col = divmod(cell, GRID)
            centre = ((col + 0.5) * side - 0.5, (row + 0.5) * side - 0.5)
            x, y, _ = to_second @ (*centre, 1)
            inside = -0.5 <= x < SIZE - 0.5 and -0.5 <= y < SIZE - 0.5
            own = [round(v) for v in centre]
            good = (
                inside
                and valid[n, 0, own[1], own[0]]
                and valid[n, 1, round(y), round(x)]
            )
            assert bool(keep[n, cell]) == bool(good)
            if good:
                kept += 1
                expected = int((y + 0.5) // side) * GRID + int((x + 0.5) // side)
                assert cells[n, cell] == expected
    assert kept > 50


def test_equal_views_match_themselves():
    same = torch.eye(3, dtype=torch.float64).expand(1, 2, 3, 3)
    cells, keep = match_cells(same, torch.ones(1, 2, SIZE, SIZE) > 0, GRID)
    assert cells[0].tolist() == list(range(GRID**2)) and keep.all()


def test_views_are_resampled_to_the_ground_they_share(homographies):
    """A plane over the window, seen by both views, is one plane on common ground."""
    ticks = (torch.arange(24, dtype=torch.float64) + 0.5) * SIZE / 24 - 0.5
    y, x = torch.meshgrid(ticks, ticks, indexing='ij')
    points = torch.stack([x, y, torch.ones_like(x)], -1)
    ground = torch.einsum('nvij,hwj->nvhwi', torch.linalg.inv(homographies), points)
    plane = 3 * ground[..., 0] - 2 * ground[..., 1]  # (N, 2, 24, 24)
    first, second, keep = on_common_ground(
        plane[:, :1], plane[:, 1:], homographies, SIZE
    )
    assert keep.sum() >= 8
    # Bilinear sampling is exact on a plane but half a cell from the border.
    inner = np.s_[:, :, 4:-4, 4:-4]
    assert torch.allclose(first[keep][inner], second[keep][inner], atol=1e-6)
    assert first[keep][inner].std() > 1


def test_views_without_common_ground_say_so():
    apart = torch.eye(3, dtype=torch.float64).repeat(1, 2, 1, 1)
    apart[0, 1, 0, 2] = -100
    maps = torch.randn(1, 2, GRID, GRID)
    assert not on_common_ground(maps, maps, apart, SIZE)[2].any()
    valid = torch.ones(1, 2, SIZE, SIZE) > 0
    assert not match_cells(apart, valid, GRID)[1].any()


def test_alike_cells_are_the_largest_cosines():
    first, second = torch.randn(2, 3, 5, 4, 4)
    found = alike_cells(first, second)
    for n in range(3):
        for i in range(16):
            query = first[n].flatten(1)[:, i]
            cosines = [
                torch.cosine_similarity(query, key, dim=0)
                for key in second[n].flatten(1).T
            ]
            assert found[n, i] == int(np.argmax(cosines))
