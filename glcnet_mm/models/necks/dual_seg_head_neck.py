"""The encoder and decoder maps of two modalities (TMCNet)."""

from collections.abc import Sequence

from mmengine.registry import MODELS
from torch import Tensor

from .decode_head_neck import DecodeHeadNeck
from .seg_head_neck import SegHeadNeck

Pair = tuple[Tensor, Tensor]


@MODELS.register_module()
class DualSegHeadNeck(DecodeHeadNeck):
    """Runs a decode head on the maps of both backbones of a ``DualBackbone``.

    Batch statistics are those of one modality at a time.

    Args:
        decode_head: See ``SegHeadNeck``; of both modalities, or of the optical one.
        context: See ``SegHeadNeck``.
        sar_decode_head: Config of a head of its own for SAR; None shares the weights,
            as published, which needs backbones with equally wide maps.
    """

    def __init__(
        self,
        decode_head: dict,
        context: str | None = 'bottleneck',
        sar_decode_head: dict | None = None,
    ) -> None:
        super().__init__(decode_head, context)
        self.sar = SegHeadNeck(sar_decode_head, context) if sar_decode_head else None

    def forward(self, features: Sequence[tuple[Tensor, ...]]) -> tuple[Pair, Pair]:
        """Maps of both backbones to (e of both, d of both)."""
        optical, sar = features
        encoded1, decoded1 = self.both_maps(optical)
        encoded2, decoded2 = self.sar(sar) if self.sar else self.both_maps(sar)
        return (encoded1, encoded2), (decoded1, decoded2)

    def encode(self, features: Sequence[tuple[Tensor, ...]]) -> Pair:
        """The encoder maps e of both alone."""
        optical, sar = features
        first = self.encoder_map(optical)
        return first, self.sar.encode(sar) if self.sar else self.encoder_map(sar)
