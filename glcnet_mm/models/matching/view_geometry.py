"""Where a place of one view lies in the other: one convention for all that matches.

A place is counted from the outer edge of the first pixel: pixel i covers [i, i + 1), a
region [c - h, c + h) of pixels is centred at c, and cell k of G over S pixels covers
[k, k + 1) * S / G. So boxes, cells and views mirror exactly under a flip: x becomes
S - x. Homographies, OpenCV and pictures on axes count from the centre of the first
pixel instead, where pixel i is at i: everything there is half a pixel less. The half
is taken off and added here and nowhere else in matching; figures take it off in
``box_corners``.
"""

import torch
from torch import Tensor

HALF = 0.5


def move(matrix: Tensor, points: Tensor) -> Tensor:
    """Moves places by homographies of pixel centres.

    Args:
        matrix: ``(..., 3, 3)``, affine.
        points: ``(..., K, 2)``, x and y from the outer edge.

    Returns:
        ``(..., K, 2)`` float64, from the outer edge.
    """
    matrix = matrix.double()
    centres = points.double() - HALF
    return centres @ matrix[..., :2, :2].mT + matrix[..., None, :2, 2] + HALF


def view1_to_view2(homographies: Tensor) -> Tensor:
    """``(N, 2, 3, 3)``, window to views, to ``(N, 3, 3)``, view 1 to view 2."""
    homographies = homographies.double()
    # Affine and invertible by construction: no check that a GPU would wait for.
    return homographies[:, 1] @ torch.linalg.inv_ex(homographies[:, 0]).inverse


def cell_centres(cells: int, size: int, device: torch.device) -> Tensor:
    """Centres ``(cells^2, 2)``, x and y, of a grid over ``size`` pixels, by rows."""
    ticks = torch.arange(cells, device=device, dtype=torch.float64)
    ticks = (ticks + HALF) * size / cells
    y, x = torch.meshgrid(ticks, ticks, indexing='ij')
    return torch.stack([x.flatten(), y.flatten()], -1)
