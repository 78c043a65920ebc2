"""Poolings of the encoder map into one vector per image."""

import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...errors import UserError


@MODELS.register_module()
class StylePool(nn.Module):
    """Channel means and unbiased channel variances: the style of an image.

    GLCNet, equation 2. Variance, not standard deviation, in paper and code alike.
    """

    widening = 2

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, h, w)`` to ``(N, 2C)``; needs more than one position."""
        positions = features.flatten(2).float()
        if positions.shape[2] < 2:
            raise UserError(
                'The style needs a map of at least 2 positions, got 1: use larger '
                'views or a smaller output stride.'
            )
        variances, means = torch.var_mean(positions, dim=2)
        return torch.cat([means, variances], 1)


@MODELS.register_module()
class MeanPool(nn.Module):
    """Channel means only: SimCLR's pooling, the ablation without style."""

    widening = 1

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, h, w)`` to ``(N, C)``."""
        return features.flatten(2).float().mean(2)


@MODELS.register_module()
class GridPool(nn.Module):
    """Channel means of a grid of areas, for embeddings that keep the layout.

    Args:
        side: Areas per side.
    """

    def __init__(self, side: int = 3) -> None:
        super().__init__()
        self.side = side

    @property
    def widening(self) -> int:
        """Values per channel."""
        return self.side**2

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, h, w)`` to ``(N, C * side^2)``."""
        return F.adaptive_avg_pool2d(features.float(), self.side).flatten(1)
