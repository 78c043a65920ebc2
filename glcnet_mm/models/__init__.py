"""Models and their parts."""

from .backbones import MultiBandBackbone, ResNetWithStem
from .decode_heads import DeepLabV3PlusHead
from .heads import (
    GlobalStyleHead,
    GridPool,
    InpaintingHead,
    LocalMatchingHead,
    MeanPool,
    OrderHead,
    RestorationHead,
    StylePool,
    TransformClassHead,
)
from .losses import NTXentLoss
from .necks import EmbeddingNeck, SegHeadNeck
from .preprocessor import MultiBandPreprocessor
from .selfsup import GLCNet, Inpainting, Jigsaw, MultiTask

__all__ = [
    'DeepLabV3PlusHead',
    'EmbeddingNeck',
    'GLCNet',
    'GlobalStyleHead',
    'GridPool',
    'Inpainting',
    'InpaintingHead',
    'Jigsaw',
    'LocalMatchingHead',
    'MeanPool',
    'MultiBandBackbone',
    'MultiBandPreprocessor',
    'MultiTask',
    'NTXentLoss',
    'OrderHead',
    'ResNetWithStem',
    'RestorationHead',
    'SegHeadNeck',
    'StylePool',
    'TransformClassHead',
]
