"""Matched regions of two views, and exact means of a feature map over them.

Each view is one affine warp of a common window, so a place of view 1 appears in view 2
at ``H2 @ inv(H1)`` of it (methods: GLCNet, section III-C). Places count as in
``view_geometry``. Everything is batched tensor arithmetic on the device of its inputs.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import UserError
from ..compiling import is_compiling
from ..device_random import random_bits, random_order
from .view_geometry import move, view1_to_view2


class MatchedRegions(NamedTuple):
    """Boxes ``(x1, y1, x2, y2)``, half-open pixels of the own view.

    ``boxes1`` and ``boxes2`` are ``(N, R, 4)`` int64; ``keep`` is ``(N, R)`` bool and
    False where a pair of views had no further matching place.
    """

    boxes1: Tensor
    boxes2: Tensor
    keep: Tensor


def match_regions(
    homographies: Tensor,
    valid: Tensor,
    seeds: Tensor,
    regions: int,
    side: int,
    min_valid_share: float = 0.5,
    strata: Tensor | None = None,
) -> MatchedRegions:
    """Draws up to ``regions`` pairs of windows with the same ground centre.

    Centres are drawn uniformly over view 1, or so that all strata have the same weight
    over the batch. They must lie at least half a side inside both views, and never
    inside the window of an earlier region (of view 1). A pair is used only if at least
    ``min_valid_share`` of either window is valid.

    Args:
        homographies: ``(N, 2, 3, 3)``, common window pixels to view pixels.
        valid: ``(N, 2, S, S)`` bool, valid pixels of the views.
        seeds: ``(N,)`` int64; equal seeds give equal draws on every device.
        regions: Number of regions per pair, R.
        side: Side of a window in view pixels, at most S.
        min_valid_share: Share in [0, 1].
        strata: ``(N, G, G)`` int64, the stratum of every cell of a grid over view 1.
    """
    size, half = valid.shape[-1], side // 2
    if side < 2 or side % 2:
        raise UserError(f'Regions have an even side of at least 2 px, not {side}.')
    if side > size:
        raise UserError(f'Regions of {side} px do not fit into views of {size} px.')
    centres1 = _candidate_grid(seeds, size, half)
    # To whole pixels, for boxes hold whole pixels.
    centres2 = move(view1_to_view2(homographies), centres1).round().long()
    possible = ((centres2 >= half) & (centres2 <= size - half)).all(-1)
    centres2 = centres2.clamp(half, size - half)
    for view, centres in enumerate((centres1, centres2)):
        boxes = _boxes(centres, half)
        possible &= _enough_valid(valid[:, view], boxes, min_valid_share)
    index = torch.arange(possible.shape[1], device=seeds.device)
    keys = random_bits(seeds[:, None], index[None] + 3)
    if strata is not None:
        keys = random_order(keys, _balance(strata, centres1, possible, size))
    chosen, keep = _draw(centres1, possible, keys, regions, half)
    pick = chosen[..., None].expand(-1, -1, 2)
    return MatchedRegions(
        _boxes(centres1.gather(1, pick), half),
        _boxes(centres2.gather(1, pick), half),
        keep,
    )


def window_means(
    features: Tensor, boxes: Tensor, view_size: int, align_corners: bool = True
) -> Tensor:
    """Means of the upsampled map over boxes, without upsampling it.

    Bilinear upsampling and the mean over a box are linear and separable: the mean
    equals ``w_y^T F w_x`` with the averaged interpolation weights of the box's rows
    and columns, which is exact.

    Args:
        features: ``(N, C, h, w)``.
        boxes: ``(N, R, 4)`` int64 in pixels of the upsampled map.
        view_size: Side of the upsampled map, S.
        align_corners: Convention of the upsampling.

    Returns:
        ``(N, R, C)``.
    """
    columns = _box_weights(features, 3, boxes[..., 0::2], view_size, align_corners)
    rows = _box_weights(features, 2, boxes[..., 1::2], view_size, align_corners)
    over_rows = torch.einsum('nrh,nchw->nrcw', rows, features)
    return torch.einsum('nrcw,nrw->nrc', over_rows, columns)


def _box_weights(
    features: Tensor, axis: int, edges: Tensor, size: int, align_corners: bool
) -> Tensor:
    """Averaged interpolation weights ``(N, R, cells)`` of box edges ``(N, R, 2)``."""
    cells = features.shape[axis]
    identity = torch.eye(cells, device=features.device)[None]
    weights = F.interpolate(
        identity, size=size, mode='linear', align_corners=align_corners
    )[0].to(torch.float64)
    running = F.pad(weights.cumsum(1), (1, 0)).T  # (size + 1, cells)
    low, high = edges.unbind(-1)
    means = (running[high] - running[low]) / (high - low)[..., None]
    return means.to(features.dtype)


def _candidate_grid(seeds: Tensor, size: int, half: int) -> Tensor:
    """Centres ``(N, K, 2)`` of view 1: a grid with a random phase per sample.

    A step well below the side loses no room for further regions, and with the phase
    every pixel is equally likely.
    """
    step = max(1, half // 6)
    room = size - 2 * half + 1  # centres half .. size - half
    ticks = torch.arange(0, room, step, device=seeds.device)
    phase = torch.stack([random_bits(seeds, axis) for axis in (1, 2)], -1) % step
    ys, xs = torch.meshgrid(ticks, ticks, indexing='ij')
    offsets = torch.stack([xs.flatten(), ys.flatten()], -1)  # (K, 2)
    return (offsets[None] + phase[:, None]).clamp(max=room - 1) + half


def _boxes(centres: Tensor, half: int) -> Tensor:
    return torch.cat([centres - half, centres + half], -1)


def _enough_valid(mask: Tensor, boxes: Tensor, least: float) -> Tensor:
    """Whether boxes ``(N, K, 4)`` of ``(N, S, S)`` hold enough that is valid.

    Most views are valid throughout. A GPU would have to wait for that answer, which
    takes it longer than the sums; so does a compiled graph.
    """
    if mask.device.type != 'cpu' or is_compiling():
        return _box_share(mask, boxes) >= least
    enough = mask.new_ones(boxes.shape[:2])
    doubtful = (~mask.flatten(1).all(1)).nonzero()[:, 0]
    if len(doubtful):
        enough[doubtful] = _box_share(mask[doubtful], boxes[doubtful]) >= least
    return enough


def _box_share(mask: Tensor, boxes: Tensor) -> Tensor:
    """Share of True in boxes ``(N, K, 4)`` of ``(N, S, S)``, by an integral image."""
    integral = F.pad(_running(_running(mask, 1), 2), (1, 0, 1, 0))
    width = integral.shape[-1]
    flat = integral.flatten(1)
    x1, y1, x2, y2 = boxes.unbind(-1)
    inside = (
        flat.gather(1, y2 * width + x2)
        - flat.gather(1, y1 * width + x2)
        - flat.gather(1, y2 * width + x1)
        + flat.gather(1, y1 * width + x1)
    )
    return inside / ((x2 - x1) * (y2 - y1))


def _running(values: Tensor, axis: int) -> Tensor:
    """Sums so far; torch would take twice the bytes for them of its own accord."""
    return values.cumsum(axis, dtype=torch.int32)


def _balance(strata: Tensor, centres: Tensor, possible: Tensor, size: int) -> Tensor:
    """Weights ``(N, K)`` with the same sum in every stratum of the batch."""
    cells = strata.shape[-1]
    column, row = (centres * cells // size).clamp(max=cells - 1).unbind(-1)
    own = strata.flatten(1).gather(1, row * cells + column)
    counts = own.new_zeros(strata.numel())
    counts.scatter_add_(0, own.flatten(), possible.flatten().long())
    return 1 / counts[own].clamp(min=1).double()


def _draw(
    centres: Tensor, possible: Tensor, keys: Tensor, regions: int, half: int
) -> tuple[Tensor, Tensor]:
    """Picks ``(N, R)`` candidates of largest key in turn, excluding used windows."""
    chosen, keep = [], []
    for _ in range(regions):
        best = keys.masked_fill(~possible, -1).argmax(1, keepdim=True)
        keep.append(possible.gather(1, best))
        chosen.append(best)
        centre = centres.gather(1, best[..., None].expand(-1, -1, 2))
        offset = centres - centre
        used = ((offset >= -half) & (offset < half)).all(-1)
        possible = possible & ~used
    return torch.cat(chosen, 1), torch.cat(keep, 1)
