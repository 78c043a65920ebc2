"""A ResNet that also gives the map before its max-pooling."""

from mmengine.registry import MODELS
from mmseg.models.backbones import ResNet
from torch import Tensor


@MODELS.register_module()
class ResNetWithStem(ResNet):
    """Adds the map at half resolution, for decoders that paint fine detail.

    Parameters have the names of mmseg's ``ResNet``, so its weights load either way.
    """

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """``(N, C, H, W)`` to the stem's map and those of the stages asked for."""
        seen: list[Tensor] = []
        handle = self.maxpool.register_forward_pre_hook(
            lambda _, inputs: seen.append(inputs[0])
        )
        try:
            maps = super().forward(x)
        finally:
            handle.remove()
        return (*seen, *maps)
