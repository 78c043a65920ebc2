"""Restoring an image from all maps of a backbone (Li, Chen, Shi, JSTARS 2021)."""

from collections.abc import Sequence

import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...errors import UserError
from ..losses.restoration import weighted_l1

WEIGHTINGS = ('block', 'difference')


@MODELS.register_module()
class RestorationHead(BaseModule):
    """Doubles the size of the last map, adds the next finer one, and so on.

    Each step is a bilinear upsampling and a 3x3 convolution whose width is that of the
    map it meets; a last convolution without activation gives the image.

    Args:
        in_channels: Channels of the backbone's maps, fine to coarse, each half the
            size of the one before.
        bands: Bands of the image.
        channels: Width of the steps that meet no map.
        first_stride: Stride of the finest map; steps without a map bridge it.
        weighting: ``'block'`` compares inside the distorted block; ``'difference'``
            is the published form, every value weighted by how much the distortion
            changed it, which all but leaves out weakly distorted blocks.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        bands: int,
        channels: int = 32,
        first_stride: int = 2,
        weighting: str = 'block',
    ) -> None:
        super().__init__()
        if weighting not in WEIGHTINGS:
            raise UserError(f'weighting must be one of {WEIGHTINGS}, got {weighting}')
        bridges = first_stride.bit_length() - 1
        if first_stride != 2**bridges or bridges < 1:
            raise UserError(
                f'first_stride must be 2, 4, 8, ..., got {first_stride}: it is the '
                f'stride of the finest map of the backbone.'
            )
        self.weighting = weighting
        widths = [*reversed(in_channels), *[channels] * bridges]
        self.steps = nn.ModuleList(
            ConvModule(
                before,
                after,
                3,
                padding=1,
                norm_cfg=dict(type='BN'),
                act_cfg=dict(type='ReLU'),
            )
            for before, after in zip(widths[:-1], widths[1:], strict=True)
        )
        self.paint = nn.Conv2d(widths[-1], bands, 3, padding=1)

    def forward(self, features: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        """Maps of the backbone, fine to coarse, to an image ``(N, bands, *size)``."""
        x, *finer = reversed(features)
        sizes: list[Sequence[int]] = [skip.shape[-2:] for skip in finer]
        while len(sizes) < len(self.steps):
            sizes.append([2 * side for side in (sizes or [x.shape[-2:]])[-1]])
        for number, (step, target) in enumerate(zip(self.steps, sizes, strict=True)):
            x = step(_resize(x, target))
            if number < len(finer):
                x = x + finer[number]
        return self.paint(_resize(x, size))

    def loss(
        self, restored: Tensor, image: Tensor, distorted: Tensor, block: Tensor
    ) -> Tensor:
        """Weighted L1; images ``(N, C, S, S)``, block ``(N, 1, S, S)`` bool."""
        weight = block
        if self.weighting == 'difference':
            weight = (image - distorted).abs()
        return weighted_l1(restored, image, weight)


def _resize(x: Tensor, size: Sequence[int]) -> Tensor:
    return F.interpolate(x, size=tuple(size), mode='bilinear', align_corners=True)
