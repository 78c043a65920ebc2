"""MPINet (Liu, Li, Li, Adv. Space Res. 75(2), 2025, doi 10.1016/j.asr.2024.10.026)."""

from collections.abc import Sequence

import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from torch import Tensor, nn

from ...errors import UserError
from ...sample_batch import stacked
from ..key_queue import KeyQueue
from ..losses.gather import weighted_mean
from ..losses.info_nce import info_nce
from ..matching.cell_matching import alike_cells, match_cells, on_common_ground
from ..necks.multiscale_fusion import Fused


@MODELS.register_module()
class MPINet(BaseSelfSupervisor):
    """Contrasts images and pixels of maps fused from all stages.

    View 1 gives the queries, view 2 the keys, by a slowly following copy of backbone
    and neck. Defaults mend the published form; see the arguments for its own.

    Args:
        backbone: Any backbone with maps of all stages.
        neck: ``MultiScaleFusionNeck``.
        data_preprocessor: See ``MultiBandPreprocessor``.
        frequency_loss: ``FocalFrequencyLoss`` of the fused maps, or None.
        queue_len: Keys of images, and as many of pixels.
        momentum: Share of the weights that the copy takes over in a step.
        temperature: Of both contrasts.
        pixel_weight: Weight of the pixel loss; the other two share the rest.
        match: ``'ground'``: cells that show the same place. ``'features'``:
            the most similar ones, the published form.
        frequency: ``'overlap'``: the frequency loss compares the ground that both
            views show. ``'views'``: the maps as they are, the published form.
        shared_fusion: The keys use the queries' fusion, the published form.
    """

    def __init__(  # noqa: PLR0913, they are keys of configs
        self,
        backbone: dict,
        neck: dict,
        data_preprocessor: dict,
        frequency_loss: dict | None = None,
        queue_len: int = 4096,
        momentum: float = 0.001,
        temperature: float = 0.2,
        pixel_weight: float = 0.5,
        match: str = 'ground',
        frequency: str = 'overlap',
        shared_fusion: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            backbone, neck, data_preprocessor=data_preprocessor, init_cfg=init_cfg
        )
        if match not in ('ground', 'features'):
            raise UserError(f'match must be "ground" or "features", got "{match}"')
        if frequency not in ('overlap', 'views'):
            raise UserError(
                f'frequency must be "overlap" or "views", got "{frequency}"'
            )
        self.encoder_k = ExponentialMovingAverage(
            nn.Sequential(self.backbone, self.neck), momentum
        )
        width = self.neck.cells[-1].out_channels
        self.image_queue = KeyQueue(queue_len, width)
        self.pixel_queue = KeyQueue(queue_len, width)
        self.frequency_loss = MODELS.build(frequency_loss) if frequency_loss else None
        self.temperature, self.pixel_weight = temperature, pixel_weight
        self.match, self.frequency = match, frequency
        self.shared_fusion = shared_fusion

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """Weighted losses of two views ``(N, C, S, S)``."""
        query = self.neck(self.backbone(inputs[0]))
        key = self._keys(inputs[1])
        homographies = stacked(data_samples, 'homographies')
        valid = stacked(data_samples, 'valid')
        # Clones: the queues move on before the gradient is taken.
        images = info_nce(
            query.image, key.image, self.image_queue.keys.clone(), self.temperature
        ).mean()
        pixels, share = self._pixel_loss(query, key, homographies, valid)
        rest = 1 - self.pixel_weight
        losses = dict(
            loss_image=rest * images,
            loss_pixel=self.pixel_weight * pixels,
            matched_share=share,
        )
        if self.frequency_loss is not None:
            compared = self._comparable(
                query.fused, key.fused, homographies, valid.shape[-1]
            )
            losses['loss_frequency'] = rest * self.frequency_loss(*compared)
        self.image_queue.push(key.image)
        self.pixel_queue.push(key.pooled)
        return losses

    @torch.no_grad()
    def _keys(self, view: Tensor) -> Fused:
        self.encoder_k.update_parameters(nn.Sequential(self.backbone, self.neck))
        backbone, neck = self.encoder_k.module
        return neck(backbone(view), self.neck.fusion if self.shared_fusion else None)

    def _pixel_loss(
        self, query: Fused, key: Fused, homographies: Tensor, valid: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Loss of the matched cells, and their share of all."""
        if self.match == 'ground':
            cells, keep = match_cells(homographies, valid, self.neck.grid)
        else:
            cells = alike_cells(query.fused, key.fused)
            keep = torch.ones_like(cells, dtype=torch.bool)
        width = query.cells.shape[1]
        matched = key.cells.gather(2, cells[:, None].expand(-1, width, -1))
        losses = info_nce(
            query.cells.transpose(1, 2).flatten(0, 1),
            matched.transpose(1, 2).flatten(0, 1),
            self.pixel_queue.keys.clone(),
            self.temperature,
        )
        weights = keep.flatten().to(losses.dtype)
        return weighted_mean(losses, weights, least=1), weights.mean()

    def _comparable(
        self, query: Tensor, key: Tensor, homographies: Tensor, size: int
    ) -> tuple[Tensor, Tensor]:
        """The maps that the frequency loss compares."""
        if self.frequency == 'views':
            return query, key
        query, key, keep = on_common_ground(query, key, homographies, size)
        # Pairs without common ground count as equal.
        return query, torch.where(keep[:, None, None, None], key, query.detach())
