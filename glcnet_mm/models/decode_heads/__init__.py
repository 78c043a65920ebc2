"""Decode heads for mmseg."""

from .deeplabv3plus import DeepLabV3PlusHead

__all__ = ['DeepLabV3PlusHead']
