"""Telling which transform lies between two images (Li, Chen, Shi, JSTARS 2021)."""

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class TransformClassHead(BaseModule):
    """Classifies the pair of the last maps before and after the transform.

    Args:
        in_channels: Channels of one map.
        channels: Width of the two convolutions; ``in_channels`` when None.
        hidden_channels: Width of the hidden layer.
        classes: Number of transforms; see ``TransformView``.
        dropout: Probability, of the hidden layer.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int | None = None,
        hidden_channels: int = 4096,
        classes: int = 6,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        channels = channels or in_channels
        self.layers = nn.Sequential(
            _convolution(2 * in_channels, channels),
            _convolution(channels, channels),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(channels, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, classes),
        )

    def loss(self, before: Tensor, after: Tensor, transforms: Tensor) -> tuple:
        """Cross entropy and accuracy of maps ``(N, C, h, w)``, ids ``(N,)`` int64."""
        scores = self.layers(torch.cat([before, after], 1)).float()
        accuracy = (scores.detach().argmax(1) == transforms).float().mean()
        return F.cross_entropy(scores, transforms), accuracy


def _convolution(before: int, after: int) -> ConvModule:
    return ConvModule(before, after, 3, padding=1, norm_cfg=dict(type='BN'))
