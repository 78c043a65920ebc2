"""Weighted mean absolute error of a restored image (Li, Chen, Shi, JSTARS 2021)."""

import torch
from torch import Tensor

from .gather import weighted_mean

# Keeps the quotient finite where nothing was distorted.
EPSILON = 1e-6


def weighted_l1(restored: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """``sum(w |restored - target|) / (sum w + 1e-6)``, a scalar in full precision.

    Of the batch of all processes; see ``weighted_mean``.

    Args:
        restored: ``(N, C, H, W)``.
        target: ``(N, C, H, W)``.
        weight: Not negative; ``(N, 1, H, W)`` or ``(N, C, H, W)``.
    """
    with torch.autocast(restored.device.type, enabled=False):
        error = (restored.to(target.dtype) - target).abs()
        weight = weight.to(target.dtype).expand_as(error)
        return weighted_mean(error, weight, constant=EPSILON)
