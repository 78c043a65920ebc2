"""Losses: pure functions of tensors, each with a registered face."""

from .gather import gather_with_gradient
from .nt_xent import NTXentLoss, nt_xent

__all__ = ['NTXentLoss', 'gather_with_gradient', 'nt_xent']
