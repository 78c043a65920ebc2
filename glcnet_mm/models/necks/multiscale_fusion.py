"""Maps of all stages fused on one grid, and what is contrasted of them (MPINet)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ..heads.contrast import projection


class Fused(NamedTuple):
    """``fused`` ``(N, C, G, G)``, ``image`` ``(N, D)``, ``cells`` ``(N, D, G^2)``.

    All embeddings are unit vectors; ``pooled`` ``(N, D)`` is the mean of the cells
    before their normalisation.
    """

    fused: Tensor
    image: Tensor
    cells: Tensor
    pooled: Tensor


@MODELS.register_module()
class MultiScaleFusionNeck(BaseModule):
    """Brings all maps to one width and one grid, joins them and projects them.

    Args:
        in_channels: Channels of the backbone's maps, fine to coarse.
        channels: Width that each map is brought to.
        grid: Cells per side of the fused map.
        hidden_channels: Width of the hidden layers of both projections.
        embedding_channels: Width of the embeddings.
        antialias: Average over the area of a cell. False is the published bilinear
            resampling, which looks at a quarter of a coarse cell's pixels or less.
        norm_cfg: Config of the normalisation; batch norm when None.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        channels: int = 512,
        grid: int = 14,
        hidden_channels: int = 2048,
        embedding_channels: int = 128,
        antialias: bool = True,
        norm_cfg: dict | None = None,
    ) -> None:
        super().__init__()
        self.grid, self.antialias = grid, antialias
        self.fusion = nn.ModuleList(
            ConvModule(width, channels, 1, norm_cfg=norm_cfg or dict(type='BN'))
            for width in in_channels
        )
        total = channels * len(in_channels)
        self.image = projection(total, hidden_channels, embedding_channels)
        self.cells = nn.Sequential(
            nn.Conv2d(total, hidden_channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden_channels, embedding_channels, 1),
        )

    def forward(
        self, features: Sequence[Tensor], fusion: nn.ModuleList | None = None
    ) -> Fused:
        """Fuses maps of the backbone, by the convolutions of another neck if given."""
        parts = [
            self._to_grid(convolution(x))
            for convolution, x in zip(fusion or self.fusion, features, strict=True)
        ]
        fused = torch.cat(parts, 1)
        cells = self.cells(fused).flatten(2).float()
        return Fused(
            fused,
            F.normalize(self.image(fused.mean((2, 3))).float(), dim=1),
            F.normalize(cells, dim=1),
            F.normalize(cells.mean(2), dim=1),
        )

    def _to_grid(self, x: Tensor) -> Tensor:
        if self.antialias and min(x.shape[-2:]) >= self.grid:
            return F.adaptive_avg_pool2d(x, self.grid)
        return F.interpolate(x, size=self.grid, mode='bilinear', align_corners=False)
