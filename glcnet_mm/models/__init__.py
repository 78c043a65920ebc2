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
from .losses import FocalFrequencyLoss, NTXentLoss
from .necks import EmbeddingNeck, MultiScaleFusionNeck, SegHeadNeck
from .preprocessor import MultiBandPreprocessor
from .selfsup import GLCNet, Inpainting, Jigsaw, MPINet, MultiTask

__all__ = [
    'DeepLabV3PlusHead',
    'EmbeddingNeck',
    'FocalFrequencyLoss',
    'GLCNet',
    'GlobalStyleHead',
    'GridPool',
    'Inpainting',
    'InpaintingHead',
    'Jigsaw',
    'LocalMatchingHead',
    'MPINet',
    'MeanPool',
    'MultiBandBackbone',
    'MultiBandPreprocessor',
    'MultiScaleFusionNeck',
    'MultiTask',
    'NTXentLoss',
    'OrderHead',
    'ResNetWithStem',
    'RestorationHead',
    'SegHeadNeck',
    'StylePool',
    'TransformClassHead',
]
