"""Necks of the self-supervised algorithms."""

from .embedding_neck import EmbeddingNeck
from .multiscale_fusion import MultiScaleFusionNeck
from .seg_head_neck import SegHeadNeck

__all__ = ['EmbeddingNeck', 'MultiScaleFusionNeck', 'SegHeadNeck']
