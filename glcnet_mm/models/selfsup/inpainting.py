"""Inpainting by context encoders (Pathak et al., CVPR 2016)."""

from collections.abc import Sequence

from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from torch import Tensor

from ...sample_batch import stacked


@MODELS.register_module()
class Inpainting(BaseSelfSupervisor):
    """Paints what is hidden in holes.

    Hidden pixels are 0 after normalisation, the mean of their band.

    Args:
        backbone: Any backbone of mmseg or mmpretrain that gives the maps of the head.
        neck: ``SegHeadNeck``; only its encoder map is made.
        head: ``InpaintingHead``.
        data_preprocessor: See ``MultiBandPreprocessor``.
    """

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """Loss of one view ``(N, C, S, S)``."""
        (image,) = inputs
        holes = stacked(data_samples, 'holes')[:, None]
        valid = stacked(data_samples, 'valid')
        features = self.backbone(image.masked_fill(holes, 0.0))
        painted = self.head(self.neck.encode(features), features, image.shape[-2:])
        return self.head.loss(painted, image, holes & valid, ~holes & valid)
