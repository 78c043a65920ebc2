"""Necks of the self-supervised algorithms."""

from .embedding_neck import EmbeddingNeck
from .seg_head_neck import SegHeadNeck

__all__ = ['EmbeddingNeck', 'SegHeadNeck']
