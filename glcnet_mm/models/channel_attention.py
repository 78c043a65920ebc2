"""Channel attention on two scales (Dai et al., WACV 2021), as MSSNet uses it."""

from mmcv.cnn import ConvModule
from torch import Tensor, nn


class ChannelAttention(nn.Module):
    """MS-CAM: weights of channels from a place and from the whole map.

    Scales ``(N, C, h, w)`` by values in (0, 1).

    Args:
        channels: C.
        reduction: The hidden layers are so many times narrower.
        norm_cfg: Config of the normalisation.
    """

    def __init__(self, channels: int, reduction: int, norm_cfg: dict) -> None:
        super().__init__()
        narrow = max(1, channels // reduction)

        def branch(*first: nn.Module) -> nn.Sequential:
            return nn.Sequential(
                *first,
                ConvModule(channels, narrow, 1, norm_cfg=norm_cfg),
                ConvModule(narrow, channels, 1, norm_cfg=norm_cfg, act_cfg=None),
            )

        self.place = branch()
        self.whole = branch(nn.AdaptiveAvgPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, h, w)`` to the same shape."""
        return x * (self.place(x) + self.whole(x)).sigmoid()
