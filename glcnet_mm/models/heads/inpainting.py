"""Painting an image from the encoder map and finer maps of the backbone."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ..losses.gather import weighted_mean

# Places of the skipped maps among the backbone's.
SKIPS = (2, 1)
# Of the error in holes; the rest is that of kept pixels.
HOLE_WEIGHT = 0.99


def _upsample(width_in: int, width_out: int, kernel: int) -> nn.Sequential:
    """A transposed convolution that doubles the size."""
    return nn.Sequential(
        nn.ConvTranspose2d(
            width_in,
            width_out,
            kernel,
            stride=2,
            padding=kernel // 2,
            output_padding=1,
            bias=False,
        ),
        nn.BatchNorm2d(width_out),
        nn.ReLU(inplace=True),
    )


@MODELS.register_module()
class InpaintingHead(BaseModule):
    """The decoder of the GLCNet authors' inpainting baseline and its loss.

    The output is linear: their tanh cannot reach normalised values beyond 1.

    Args:
        in_channels: Channels of the encoder map.
        skip_channels: Channels of the backbone's maps at stride 16 and 8.
        bands: Bands of the image.
        channels: Width.
    """

    def __init__(
        self,
        in_channels: int,
        skip_channels: tuple[int, int],
        bands: int,
        channels: int = 256,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                _upsample(in_channels, channels, 5),
                _upsample(channels + skip_channels[0], channels, 5),
                _upsample(channels + skip_channels[1], channels, 3),
                _upsample(channels, channels // 4, 3),
            ]
        )
        self.paint = nn.Conv2d(channels // 4, bands, 7, padding=3)

    def forward(
        self, context: Tensor, features: Sequence[Tensor], size: tuple[int, int]
    ) -> Tensor:
        """Encoder map and maps of the backbone to an image ``(N, bands, *size)``."""
        x = self.layers[0](context)
        for layer, skip in zip(self.layers[1:3], SKIPS, strict=True):
            skipped = features[skip]
            x = F.interpolate(x, size=skipped.shape[-2:], mode='nearest')
            x = layer(torch.cat([x, skipped], 1))
        x = self.layers[3](x)
        return self.paint(F.interpolate(x, size=size, mode='nearest'))

    def loss(
        self, painted: Tensor, image: Tensor, hidden: Tensor, kept: Tensor
    ) -> dict[str, Tensor]:
        """Weighted mean squared errors; masks ``(N, 1, S, S)`` bool."""
        error = (painted.float() - image).square().mean(1, keepdim=True)
        weights = (HOLE_WEIGHT, 1 - HOLE_WEIGHT)
        names = ('loss_holes', 'loss_kept')
        return {
            name: weight * weighted_mean(error, mask.float(), least=1)
            for name, weight, mask in zip(names, weights, (hidden, kept), strict=True)
        }
