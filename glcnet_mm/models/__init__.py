"""Models and their parts."""

from .backbones import MultiBandBackbone
from .decode_heads import DeepLabV3PlusHead
from .heads import GlobalStyleHead, LocalMatchingHead, MeanPool, StylePool
from .losses import NTXentLoss
from .necks import EmbeddingNeck, SegHeadNeck
from .preprocessor import MultiBandPreprocessor
from .selfsup import GLCNet

__all__ = [
    'DeepLabV3PlusHead',
    'EmbeddingNeck',
    'GLCNet',
    'GlobalStyleHead',
    'LocalMatchingHead',
    'MeanPool',
    'MultiBandBackbone',
    'MultiBandPreprocessor',
    'NTXentLoss',
    'SegHeadNeck',
    'StylePool',
]
