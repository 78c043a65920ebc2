"""Global style contrast (GLCNet, section III-B)."""

from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from .contrast import Maps, embed_maps, embedding_statistics, projection


@MODELS.register_module()
class GlobalStyleHead(BaseModule):
    """Pools the encoder map, projects it and contrasts the two views.

    Args:
        in_channels: Channels of the encoder map.
        hidden_channels: Width of the hidden layer.
        embedding_channels: Width of the embedding.
        pool: ``StylePool`` for GLCNet, ``MeanPool`` for SimCLR.
        contrast: Config of the loss.
        sigmoid: The hidden layer ends in a sigmoid, not ReLU; JSTARS 2021's exemplars.
        name: Of the diagnostics.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int,
        embedding_channels: int,
        pool: dict,
        contrast: dict,
        sigmoid: bool = False,
        name: str = 'global',
    ) -> None:
        super().__init__()
        self.name = name
        self.pool = MODELS.build(pool)
        self.projection = projection(
            in_channels * self.pool.widening,
            hidden_channels,
            embedding_channels,
            activation=nn.Sigmoid if sigmoid else nn.ReLU,
        )
        self.contrast = MODELS.build(contrast)

    def loss(
        self, context1: Maps, context2: Maps, groups: Tensor | None = None
    ) -> tuple[Tensor, dict]:
        """Loss and diagnostics of two encoder maps ``(N, C, h, w)``, or two of each.

        Images of different ``groups``, ``(N,)`` int64, are no negatives.
        """
        view1, view2 = (embed_maps(self._embed, c) for c in (context1, context2))
        diagnostics = embedding_statistics(view1, view2, self.name)
        return self.contrast(view1, view2, groups=groups), diagnostics

    def _embed(self, context: Tensor) -> Tensor:
        return self.projection(self.pool(context))
