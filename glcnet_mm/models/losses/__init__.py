"""Losses: pure functions of tensors, each with a registered face."""

from .focal_frequency import FocalFrequencyLoss, focal_frequency_loss
from .gather import gather_with_gradient
from .nt_xent import NTXentLoss, nt_xent

__all__ = [
    'FocalFrequencyLoss',
    'NTXentLoss',
    'focal_frequency_loss',
    'gather_with_gradient',
    'nt_xent',
]
