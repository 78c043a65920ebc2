"""Necks of the self-supervised algorithms, and the fusion of two streams."""

from .dual_seg_head_neck import DualSegHeadNeck
from .embedding_neck import EmbeddingNeck
from .multiscale_fusion import MultiScaleFusionNeck
from .rectify_fusion import RectifyFusionNeck
from .seg_head_neck import SegHeadNeck

__all__ = [
    'DualSegHeadNeck',
    'EmbeddingNeck',
    'MultiScaleFusionNeck',
    'RectifyFusionNeck',
    'SegHeadNeck',
]
