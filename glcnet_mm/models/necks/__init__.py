"""Necks."""

from .seg_head_neck import SegHeadNeck

__all__ = ['SegHeadNeck']
