"""Strata of surfaces that look alike to the current network, by k-means."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..device_random import random_bits, random_order

STEPS = 10


@torch.no_grad()
def surface_strata(
    features: Tensor, valid: Tensor, seed: Tensor, cells: int, strata: int
) -> Tensor:
    """Groups the cells of a coarse grid over a batch of maps by their mean features.

    The centres start as k-means++ draws them (Arthur and Vassilvitskii, 2007): a rare
    surface is found by its distance, and a single odd cell is not preferred to it. They
    are fitted to wholly valid cells, so that the rim of nodata is no stratum of its
    own; its cells go to the nearest one.

    Args:
        features: ``(N, C, h, w)``.
        valid: ``(N, S, S)`` bool, valid pixels.
        seed: Scalar int64; equal seeds give equal draws on every device.
        cells: Cells per side.
        strata: Number of strata.

    Returns:
        ``(N, cells, cells)`` int64 below ``strata``.
    """
    with torch.autocast(features.device.type, enabled=False):
        pooled = F.adaptive_avg_pool2d(features.float(), cells)
        points = pooled.permute(0, 2, 3, 1).flatten(0, 2)  # (N * cells^2, C)
        invalid = F.adaptive_avg_pool2d((~valid).float()[:, None], cells)
        usable = invalid.flatten() == 0
        centres = _spread_centres(points, usable, seed, strata)
        for _ in range(STEPS):
            members = F.one_hot(_nearest(points, centres), strata).float()
            members = members * usable[:, None]
            counts = members.sum(0)[:, None]
            means = members.T @ points / counts.clamp(min=1)
            centres = torch.where(counts > 0, means, centres)
    return _nearest(points, centres).reshape(pooled[:, 0].shape)


def _nearest(points: Tensor, centres: Tensor) -> Tensor:
    return torch.cdist(points, centres).argmin(1)


def _spread_centres(
    points: Tensor, usable: Tensor, seed: Tensor, strata: int
) -> Tensor:
    """Usable points, each drawn by its squared distance to those before."""
    index = torch.arange(len(points), device=points.device)
    weights, centres = usable.double(), []
    for number in range(strata):
        bits = random_bits(random_bits(seed, -1 - number), index)
        # index_select, since a number on the device would have to be waited for.
        drawn = random_order(bits, weights).argmax(0, keepdim=True)
        centres.append(points.index_select(0, drawn))
        distance = (points - centres[-1]).square().sum(1).double()
        weights = torch.minimum(weights, distance) if number else usable * distance
    return torch.cat(centres)
