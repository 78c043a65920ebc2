"""Models and their parts."""

from .backbones import DualBackbone, MultiBandBackbone, ResNetWithStem
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
from .losses import FocalFrequencyLoss, NTXentLoss, TuplePerturbationLoss
from .necks import (
    DualSegHeadNeck,
    EmbeddingNeck,
    MultiScaleFusionNeck,
    RectifyFusionNeck,
    SegHeadNeck,
)
from .preprocessor import MultiBandPreprocessor
from .segmentors import ConsistencySegmentor
from .selfsup import GLCNet, Inpainting, Jigsaw, MPINet, MultiTask, TMCNet

__all__ = [
    'ConsistencySegmentor',
    'DeepLabV3PlusHead',
    'DualBackbone',
    'DualSegHeadNeck',
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
    'RectifyFusionNeck',
    'ResNetWithStem',
    'RestorationHead',
    'SegHeadNeck',
    'StylePool',
    'TMCNet',
    'TransformClassHead',
    'TuplePerturbationLoss',
]
