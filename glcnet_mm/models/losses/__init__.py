"""Losses: pure functions of tensors, each with a registered face."""

from .focal_frequency import FocalFrequencyLoss, focal_frequency_loss
from .gather import gather_with_gradient
from .nt_xent import NTXentLoss, nt_xent
from .tuple_perturbation import TuplePerturbationLoss, tuple_perturbation

__all__ = [
    'FocalFrequencyLoss',
    'NTXentLoss',
    'TuplePerturbationLoss',
    'focal_frequency_loss',
    'gather_with_gradient',
    'nt_xent',
    'tuple_perturbation',
]
