"""Heads of the self-supervised algorithms."""

from .global_style import GlobalStyleHead
from .local_matching import LocalMatchingHead
from .pooling import MeanPool, StylePool

__all__ = ['GlobalStyleHead', 'LocalMatchingHead', 'MeanPool', 'StylePool']
