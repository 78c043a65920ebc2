"""Backbones."""

from .multi_band import MultiBandBackbone

__all__ = ['MultiBandBackbone']
