"""Backbones."""

from .dual import DualBackbone
from .multi_band import MultiBandBackbone
from .resnet_with_stem import ResNetWithStem

__all__ = ['DualBackbone', 'MultiBandBackbone', 'ResNetWithStem']
