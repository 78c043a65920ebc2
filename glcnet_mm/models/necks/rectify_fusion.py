"""Two streams rectified by each other and fused, level by level (MSSNet, TGRS 2025).

Rectification and cross attention are those of CMX (Zhang et al., IEEE T-ITS 2023), as
MSSNet has them: the spatial gates see maps whose channels are rectified already, and a
1x1 convolution alone joins the streams.
"""

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from mmseg.models.utils import resize
from torch import Tensor, nn

from ...errors import UserError
from ..channel_attention import ChannelAttention
from ..losses.nt_xent import full_precision

HALF = 0.5


class Rectify(nn.Module):
    """Adds to each stream what the other holds of use, by channel, then by place.

    Args:
        channels: Of either stream, C.
        reduction: The hidden layers are so many times narrower than published.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        narrow = max(1, 4 * channels // reduction)
        self.channel_gates = nn.Sequential(
            nn.Linear(4 * channels, narrow),
            nn.ReLU(inplace=True),
            nn.Linear(narrow, 2 * channels),
            nn.Sigmoid(),
        )
        narrow = max(1, channels // reduction)
        self.spatial_gates = nn.Sequential(
            nn.Conv2d(2 * channels, narrow, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(narrow, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Two maps ``(N, C, h, w)`` to two of the same shape."""
        both = torch.cat([first, second], 1)
        pooled = torch.cat([both.mean((2, 3)), both.amax((2, 3))], 1)
        gates = self.channel_gates(pooled)[..., None, None].chunk(2, 1)
        one = first + HALF * gates[1] * second
        two = second + HALF * gates[0] * first
        places = self.spatial_gates(torch.cat([one, two], 1)).chunk(2, 1)
        return one + HALF * places[1] * second, two + HALF * places[0] * first


class CrossAttention(nn.Module):
    """Each stream looked at through the other's linear attention, then joined.

    Args:
        channels: Of either stream, C.
        reduction: Tokens are so many times narrower than C.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        self.width = max(1, channels // reduction)
        self.tokens = _twice(nn.Linear, channels, 2 * self.width)
        self.keys = _twice(nn.Linear, self.width, 2 * self.width, bias=False)
        self.out = _twice(nn.Linear, 2 * self.width, channels)
        self.norm = _twice(nn.LayerNorm, channels)
        self.join = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two maps ``(N, C, h, w)`` to one."""
        maps = [x.flatten(2).mT for x in (first, second)]  # (N, h w, C)
        kept, looked = zip(
            *(
                layer(x).relu().chunk(2, -1)
                for layer, x in zip(self.tokens, maps, strict=True)
            ),
            strict=True,
        )
        contexts = [
            self._context(*layer(x).chunk(2, -1))
            for layer, x in zip(self.keys, looked, strict=True)
        ]
        parts = []
        for number in (0, 1):
            seen = looked[number] @ contexts[1 - number]
            tokens = self.out[number](torch.cat([kept[number], seen], -1))
            normed = self.norm[number](maps[number] + tokens)
            parts.append(normed.mT.unflatten(2, first.shape[-2:]))
        return self.join(torch.cat(parts, 1))

    def _context(self, keys: Tensor, values: Tensor) -> Tensor:
        # A sum over all places, too large for half precision.
        with torch.autocast(keys.device.type, enabled=False):
            keys, scaled = full_precision(keys), full_precision(values)
            table = keys.mT @ (scaled * self.width**-0.5)
            return table.softmax(-2).to(values.dtype)


@MODELS.register_module()
class RectifyFusionNeck(BaseModule):
    """Fuses the maps of a ``DualBackbone``, for any decode head of mmseg.

    Args:
        in_channels: Channels of the optical maps, fine to coarse; the fused maps have
            the same, so that a pre-trained decode head fits.
        sar_in_channels: Of the SAR maps, where they are others; these are brought to
            the optical ones' channels and size.
        reduction: Of the hidden widths of rectification and attention; 1 is published
            and takes 180 M parameters for maps of 2048 channels.
        attention_reduction: Of the channel attention on the finest map; None leaves
            the attention out.
        drop: Probability that a sample lacks one of its modalities in training, whose
            maps then count as 0; makes ready for images that lack one.
        norm_cfg: Config of the normalisation; batch norm when None.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        sar_in_channels: Sequence[int] | None = None,
        reduction: int = 8,
        attention_reduction: int | None = 4,
        drop: float = 0.0,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 <= drop < 1:
            raise UserError(f'drop must lie in [0, 1), got {drop}.')
        self.drop = drop
        in_channels, norm_cfg = list(in_channels), norm_cfg or dict(type='BN')
        others = list(sar_in_channels or in_channels)
        self.in_channels = in_channels
        self.fit = nn.ModuleList(
            nn.Identity()
            if one == other
            else ConvModule(other, one, 1, norm_cfg=norm_cfg)
            for one, other in zip(in_channels, others, strict=True)
        )
        self.rectify = nn.ModuleList(Rectify(c, reduction) for c in in_channels)
        self.fuse = nn.ModuleList(CrossAttention(c, reduction) for c in in_channels)
        # Of the SAR maps before and after rectification; published starts at 0.1.
        self.sar_scale = nn.Parameter(torch.ones(len(in_channels)))
        self.attention: nn.Module = nn.Identity()
        if attention_reduction is not None:
            self.attention = ChannelAttention(
                in_channels[0], attention_reduction, norm_cfg
            )

    def forward(
        self, features: Sequence[Sequence[Tensor] | None]
    ) -> tuple[Tensor, ...]:
        """(optical maps, SAR maps) to fused maps; a missing modality counts as 0."""
        optical, sar = features
        lost = self._draw_lost(optical, sar)
        fused = []
        for level, channels in enumerate(self.in_channels):
            maps = [
                None if optical is None else optical[level],
                None if sar is None else self.fit[level](sar[level]),
            ]
            like = [m for m in maps if m is not None][0]
            first, second = (torch.zeros_like(like) if m is None else m for m in maps)
            if first.shape[1] != channels:
                raise UserError(
                    f'The optical map {level} has {first.shape[1]} channels, '
                    f'in_channels says {channels}.'
                )
            second = resize(second, size=first.shape[2:], mode='bilinear')
            if lost is not None:
                first, second = (
                    first.masked_fill(lost[0], 0),
                    second.masked_fill(lost[1], 0),
                )
            scale = self.sar_scale[level]
            first, second = self.rectify[level](first, scale * second)
            fused.append(self.fuse[level](first, scale * second))
        return (self.attention(fused[0]), *fused[1:])

    def _draw_lost(
        self, optical: Sequence[Tensor] | None, sar: Sequence[Tensor] | None
    ) -> tuple[Tensor, Tensor] | None:
        """Which samples of a training batch lack optical or SAR, ``(N, 1, 1, 1)``."""
        if not (self.training and self.drop) or optical is None or sar is None:
            return None
        draw = torch.rand(len(sar[0]), 1, 1, 1, device=sar[0].device)
        # One draw for both: no sample loses all it has.
        return draw < self.drop / 2, draw > 1 - self.drop / 2


def _twice(layer: type[nn.Module], *args: int, **kwargs: bool) -> nn.ModuleList:
    """One of each stream."""
    return nn.ModuleList(layer(*args, **kwargs) for _ in range(2))
