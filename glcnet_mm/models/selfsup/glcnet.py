"""GLCNet (Li et al., IEEE TGRS 2022, doi 10.1109/TGRS.2022.3147513)."""

from collections.abc import Sequence

from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from torch import Tensor

from ...errors import UserError
from ...sample_batch import stacked


@MODELS.register_module()
class GLCNet(BaseSelfSupervisor):
    """Global style and local matching contrastive learning.

    Both views pass through the same encoder and decoder, one after the other, so that
    batch statistics are those of a view. An ablation leaves a head out; without the
    local head and with ``MeanPool`` this is SimCLR on the encoder.

    Args:
        backbone: Any backbone of mmseg or mmpretrain.
        neck: Gives (encoder map, decoder map), e.g. ``SegHeadNeck``.
        data_preprocessor: See ``MultiBandPreprocessor``.
        global_head: Head on the encoder map, or None.
        local_head: Head on the decoder map, or None.
        global_weight: Weight of the global loss; the local one gets the rest. Without
            one of the heads the other's loss is the whole.
        negatives: ``'all'`` of the batch, or ``'domain'``: those of the own data set
            only; see ``DomainDataset``.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict,
        data_preprocessor: dict,
        global_head: dict | None = None,
        local_head: dict | None = None,
        global_weight: float = 0.5,
        negatives: str = 'all',
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone, neck, data_preprocessor=data_preprocessor, init_cfg=init_cfg
        )
        if global_head is None and local_head is None:
            raise UserError('GLCNet needs a global head, a local head or both.')
        if not 0 <= global_weight <= 1:
            raise UserError(f'global_weight must lie in [0, 1], got {global_weight}')
        if negatives not in ('all', 'domain'):
            raise UserError(f'negatives must be "all" or "domain", got "{negatives}"')
        self.negatives = negatives
        self.global_head = MODELS.build(global_head) if global_head else None
        self.local_head = None
        if local_head:
            # Regions are averaged as the neck's own head would upsample the map.
            own = dict(align_corners=getattr(self.neck, 'align_corners', True))
            self.local_head = MODELS.build(dict(own, **local_head))
        both = global_head is not None and local_head is not None
        self.global_weight = global_weight if both else 1.0
        self.local_weight = 1 - global_weight if both else 1.0

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """Weighted losses and diagnostics of two views ``(N, C, S, S)``."""
        groups = _domains(data_samples) if self.negatives == 'domain' else None
        features = [self.backbone(view) for view in inputs]
        if self.local_head is None:
            # What only the decoder map needs does not run.
            maps = [(self.neck.encode(of_view), None) for of_view in features]
        else:
            maps = [self.neck(of_view) for of_view in features]
        contexts, pixels = zip(*maps, strict=True)
        losses: dict[str, Tensor] = {}
        if self.global_head is not None:
            loss, diagnostics = self.global_head.loss(*contexts, groups)
            losses.update(loss_global=self.global_weight * loss, **diagnostics)
        if self.local_head is not None:
            loss, diagnostics = self.local_head.loss(*pixels, data_samples, groups)
            losses.update(loss_local=self.local_weight * loss, **diagnostics)
        return losses


def _domains(data_samples: Sequence[BaseDataElement]) -> Tensor:
    """Domain ``(N,)`` int64 of every sample."""
    if not all('domain' in sample for sample in data_samples):
        raise UserError(
            'negatives="domain" needs to know the domain of every sample: put the '
            'data sets into a DomainDataset, or set negatives="all".'
        )
    return stacked(data_samples, 'domain')
