"""Backbones."""

from .multi_band import MultiBandBackbone
from .resnet_with_stem import ResNetWithStem

__all__ = ['MultiBandBackbone', 'ResNetWithStem']
