"""One embedding per image, the neck of methods that contrast whole images."""

from mmengine.registry import MODELS
from torch import Tensor

from ..heads.contrast import projection
from .decode_head_neck import DecodeHeadNeck


@MODELS.register_module()
class EmbeddingNeck(DecodeHeadNeck):
    """Pools and projects the encoder map of a decode head, e.g. for MoCo.

    What follows the encoder map in the head does not run and does not learn; the
    parameters keep the names that they have in a segmentor.

    Args:
        decode_head: See ``SegHeadNeck``.
        widths: Of the projection, from the pooled map to the embedding.
        pool: Pooling of the encoder map.
        context: See ``SegHeadNeck``.
    """

    def __init__(
        self,
        decode_head: dict,
        widths: list[int],
        pool: dict,
        context: str | None = 'bottleneck',
    ) -> None:
        super().__init__(decode_head, context)
        self.pool = MODELS.build(pool)
        self.projection = projection(*widths)

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Maps of the backbone to ``(embedding (N, D),)``, as mmpretrain wants it."""
        return (self.projection(self.pool(self.encode(features))),)

    def encode(self, features: tuple[Tensor, ...]) -> Tensor:
        """The encoder map e that is pooled."""
        return self.encoder_map(features)
