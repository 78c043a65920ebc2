"""Multi-task pre-training (Li, Chen, Shi, IEEE JSTARS 14:6438-6450, 2021)."""

from collections.abc import Sequence

from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from torch import Tensor

from ...errors import UserError
from ...sample_batch import stacked


@MODELS.register_module()
class MultiTask(BaseSelfSupervisor):
    """Restores a distorted block, names a transform and tells images apart, at once.

    One backbone sees three images, one after the other: the view, the view with a
    distorted block, and the view transformed. A task is left out by its head.

    Args:
        backbone: Any backbone with several maps, fine to coarse.
        data_preprocessor: See ``MultiBandPreprocessor``.
        restoration_head: ``RestorationHead`` on all maps of the distorted view.
        transform_head: ``TransformClassHead`` on the last maps of view and
            transformed view.
        exemplar_head: Contrasts the last maps of both, e.g. ``GlobalStyleHead``.
        weights: Of the three losses.
    """

    def __init__(
        self,
        backbone: dict,
        data_preprocessor: dict,
        restoration_head: dict | None = None,
        transform_head: dict | None = None,
        exemplar_head: dict | None = None,
        weights: tuple[float, float, float] = (20.0, 1.0, 1.0),
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone, data_preprocessor=data_preprocessor, init_cfg=init_cfg
        )
        heads = (restoration_head, transform_head, exemplar_head)
        if not any(heads):
            raise UserError('MultiTask needs at least one of its three heads.')
        built = [MODELS.build(head) if head else None for head in heads]
        self.restoration_head, self.transform_head, self.exemplar_head = built
        self.weights = weights

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """Weighted losses of view, distorted and transformed view ``(N, C, S, S)``."""
        view, distorted, transformed = inputs
        restoring, naming, telling = self.weights
        losses = {}
        if self.restoration_head is not None:
            restored = self.restoration_head(self.backbone(distorted), view.shape[-2:])
            block = stacked(data_samples, 'block')
            valid = stacked(data_samples, 'valid')[:, 0]
            losses['loss_restoration'] = restoring * self.restoration_head.loss(
                restored, view, distorted, (block & valid)[:, None]
            )
        if self.transform_head is None and self.exemplar_head is None:
            return losses
        before, after = (self.backbone(image)[-1] for image in (view, transformed))
        if self.transform_head is not None:
            names = stacked(data_samples, 'transform')
            loss, accuracy = self.transform_head.loss(before, after, names)
            losses.update(loss_transform=naming * loss, transform_accuracy=accuracy)
        if self.exemplar_head is not None:
            loss, diagnostics = self.exemplar_head.loss(before, after)
            losses.update(loss_exemplar=telling * loss, **diagnostics)
        return losses
