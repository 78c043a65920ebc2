"""A decode head of mmseg as the neck of a self-supervised algorithm."""

from mmengine.registry import MODELS
from torch import Tensor

from .decode_head_neck import DecodeHeadNeck


@MODELS.register_module()
class SegHeadNeck(DecodeHeadNeck):
    """Gives the encoder map e and the decoder map d of any mmseg decode head.

    The classifier is left out; every other parameter keeps the name it has in a
    segmentor, so fine-tuning chooses among the parts and renames none.

    Args:
        decode_head: Config of the head. ``num_classes`` is not needed.
        context: Name of the sub-module of the head whose output is the encoder map,
            e.g. ``bottleneck`` in the ASPP and UPerNet heads (``encoder_dropout`` in
            ``DeepLabV3PlusHead`` puts the dropout before the style vector, as the
            paper's code does). None takes the last map of the backbone.
    """

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Maps of the backbone to (e ``(N, C, h, w)``, d ``(N, C', h', w')``)."""
        return self.both_maps(features)

    def encode(self, features: tuple[Tensor, ...]) -> Tensor:
        """The encoder map e alone; what comes after it in the head does not run."""
        return self.encoder_map(features)
