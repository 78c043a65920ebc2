"""Which cell of one view's grid shows the same place as a cell of the other's.

Places count as in ``view_geometry``.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .view_geometry import cell_centres, move, view1_to_view2


def match_cells(
    homographies: Tensor, valid: Tensor, grid: int
) -> tuple[Tensor, Tensor]:
    """Matches cells by where their centres lie.

    Args:
        homographies: ``(N, 2, 3, 3)``, common window pixels to view pixels.
        valid: ``(N, 2, S, S)`` bool, valid pixels of the views.
        grid: Cells per side, G.

    Returns:
        ``(N, G * G)`` int64, the cell of view 2 that the centre of each cell of view 1
        falls into, and ``(N, G * G)`` bool, whether there is one and both centres are
        valid.
    """
    size = valid.shape[-1]
    centres = cell_centres(grid, size, homographies.device)
    moved = move(view1_to_view2(homographies), centres)
    inside = ((moved >= 0) & (moved < size)).all(-1)
    cells = (moved * grid / size).floor().long().clamp(0, grid - 1)
    keep = inside & _at(valid[:, 0], centres.expand_as(moved))
    keep = keep & _at(valid[:, 1], moved)
    return cells[..., 1] * grid + cells[..., 0], keep


def alike_cells(features1: Tensor, features2: Tensor) -> Tensor:
    """For each cell of ``(N, C, G, G)`` maps the most similar one of the other.

    DenseCL's correspondence, which knows nothing of the views' geometry.
    """
    # In half precision most cosines of maps after ReLU would be equal.
    with torch.no_grad(), torch.autocast(features1.device.type, enabled=False):
        first, second = (
            F.normalize(f.float().flatten(2), dim=1) for f in (features1, features2)
        )
        return torch.einsum('nci,ncj->nij', first, second).argmax(2)


def on_common_ground(
    maps1: Tensor, maps2: Tensor, homographies: Tensor, size: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Both maps resampled to where the views overlap.

    The overlap of two upright rectangles of the window is one, too, and is cut into
    cells as many as the maps have.

    Args:
        maps1: ``(N, C, G, G)`` of view 1.
        maps2: ``(N, C, G, G)`` of view 2.
        homographies: ``(N, 2, 3, 3)``, common window pixels to view pixels.
        size: Side of the views in pixels, S.

    Returns:
        Two ``(N, C, G, G)``, and ``(N,)`` bool, False where the views share no ground.
    """
    homographies = homographies.double()
    corners = homographies.new_tensor([[0, 0], [size, size]])
    ground = move(torch.linalg.inv_ex(homographies).inverse, corners)  # (N, 2, 2, 2)
    low = ground.amin(2).amax(1)  # (N, 2)
    high = ground.amax(2).amin(1)
    keep = (high - low > 1).all(-1)
    grid = maps1.shape[-1]
    ticks = (torch.arange(grid, device=low.device, dtype=low.dtype) + 0.5) / grid
    x = low[:, None, 0] + ticks * (high - low)[:, None, 0]
    y = low[:, None, 1] + ticks * (high - low)[:, None, 1]
    points = torch.stack(
        [x[:, None].expand(-1, grid, -1), y[..., None].expand(-1, -1, grid)], -1
    )
    first, second = (
        _sample(maps, matrix, points, size)
        for maps, matrix in zip((maps1, maps2), homographies.unbind(1), strict=True)
    )
    return first, second, keep


def _sample(maps: Tensor, matrix: Tensor, points: Tensor, size: int) -> Tensor:
    # To grid_sample's -1 .. 1 from edge to edge.
    places = 2 * move(matrix[:, None], points) / size - 1
    maps = maps if maps.dtype == torch.float64 else maps.float()
    return F.grid_sample(
        maps, places.to(maps.dtype), padding_mode='border', align_corners=False
    )


def _at(mask: Tensor, points: Tensor) -> Tensor:
    """``(N, K)`` of ``(N, S, S)``, the pixel that covers ``(N, K, 2)``."""
    size = mask.shape[-1]
    x, y = points.floor().long().clamp(0, size - 1).unbind(-1)
    return mask.flatten(1).gather(1, y * size + x)
