"""Heads of the self-supervised algorithms."""

from .global_style import GlobalStyleHead
from .inpainting import InpaintingHead
from .local_matching import LocalMatchingHead
from .order import OrderHead
from .pooling import GridPool, MeanPool, StylePool
from .restoration import RestorationHead
from .transform_class import TransformClassHead

__all__ = [
    'GlobalStyleHead',
    'GridPool',
    'InpaintingHead',
    'LocalMatchingHead',
    'MeanPool',
    'OrderHead',
    'RestorationHead',
    'StylePool',
    'TransformClassHead',
]
