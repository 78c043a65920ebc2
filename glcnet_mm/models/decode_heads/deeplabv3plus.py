"""The DeepLabV3+ decoder that GLCNet pre-trains and fine-tunes."""

import torch
from mmcv.cnn import ConvModule
from mmengine.registry import MODELS
from mmseg.models.decode_heads import ASPPHead
from mmseg.models.utils import resize
from torch import Tensor, nn

from ..channel_attention import ChannelAttention


@MODELS.register_module()
class DeepLabV3PlusHead(ASPPHead):
    """DeepLabV3+ with plain convolutions (Chen et al., ECCV 2018; GLCNet, TGRS 2022).

    mmseg's ``DepthwiseSeparableASPPHead`` is another network: separable convolutions,
    a 3x3 bottleneck and a single dropout. Here: ASPP of plain convolutions, a 1x1
    bottleneck, a 48-channel low level and two plain 3x3 convolutions. Takes the
    low-level map from the first backbone output and the high-level one from
    ``in_index``.

    Args:
        dilations: Rates of the branches; the first is a 1x1 convolution, the others
            are 3x3 at any rate. Keep them below the side of the map in cells; see
            docs/methods.md.
        c1_in_channels: Channels of the low-level map.
        c1_channels: Channels it is reduced to.
        encoder_dropout: Probability after the bottleneck.
        decoder_dropout: Probability after the first 3x3 convolution.
        dropout_ratio: Probability before the classifier.
        context_attention: Reduction of the channel attention on the encoder map that
            MSSNet has, or None.
        **kwargs: Of mmseg's ``ASPPHead``: ``in_channels``, ``channels``, ...
    """

    def __init__(
        self,
        c1_in_channels: int,
        c1_channels: int = 48,
        encoder_dropout: float = 0.5,
        decoder_dropout: float = 0.5,
        dropout_ratio: float = 0.1,
        context_attention: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(dropout_ratio=dropout_ratio, **kwargs)
        layer = dict(
            conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg
        )
        for number, rate in enumerate(self.dilations):
            # mmseg makes every rate of 1 another 1x1 convolution. As 3x3 ones, the
            # branches have the shapes of the published ones at all rates.
            if number and rate == 1:
                self.aspp_modules[number] = ConvModule(
                    self.in_channels, self.channels, 3, padding=1, **layer
                )
        branches = len(self.dilations) + 1
        self.bottleneck = ConvModule(
            branches * self.channels, self.channels, 1, **layer
        )
        self.encoder_dropout = nn.Dropout(encoder_dropout)
        self.context_attention: nn.Module = nn.Identity()
        if context_attention is not None:
            self.context_attention = ChannelAttention(
                self.channels, context_attention, self.norm_cfg
            )
        self.c1_bottleneck = ConvModule(c1_in_channels, c1_channels, 1, **layer)
        self.decoder = nn.Sequential(
            ConvModule(
                self.channels + c1_channels, self.channels, 3, padding=1, **layer
            ),
            ConvModule(self.channels, self.channels, 3, padding=1, **layer),
        )
        self.decoder_dropout = nn.Dropout(decoder_dropout)
        # mmseg drops whole channels here; the paper's code drops single values.
        self.dropout = nn.Dropout(dropout_ratio)

    def _forward_feature(self, inputs: list[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        pooled = resize(
            self.image_pool(x),
            size=x.shape[2:],
            mode='bilinear',
            align_corners=self.align_corners,
            warning=False,
        )
        branches = self.aspp_modules(x)
        if branches[0].is_contiguous(memory_format=torch.channels_last):
            # What was a single cell comes out bands first, and all after it would.
            pooled = pooled.contiguous(memory_format=torch.channels_last)
        return self.bottleneck(torch.cat([pooled, *branches], 1))

    def forward(self, inputs: list[Tensor]) -> Tensor:
        """Class scores ``(N, num_classes, h, w)`` at the low level's resolution."""
        context = self.encoder_dropout(self._forward_feature(inputs))
        context = self.context_attention(context)
        low_level = self.c1_bottleneck(inputs[0])
        context = resize(
            context,
            size=low_level.shape[2:],
            mode='bilinear',
            align_corners=self.align_corners,
            warning=False,
        )
        pixels = self.decoder[0](torch.cat([context, low_level], 1))
        return self.cls_seg(self.decoder[1](self.decoder_dropout(pixels)))
