"""Local matching contrast (GLCNet, section III-C)."""

from collections.abc import Sequence
from functools import partial

import torch
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from ...errors import UserError
from ...sample_batch import stacked
from ..matching.region_matching import MatchedRegions, match_regions, window_means
from ..matching.surface_strata import surface_strata
from .contrast import Maps, embed_maps, embedding_statistics, first_map, projection


@MODELS.register_module()
class LocalMatchingHead(BaseModule):
    """Contrasts the decoder map over regions that show the same place.

    The paper reduces the decoder map to the embedding's width by a 1x1 convolution
    and then upsamples and averages it. All three are linear, so the reduction comes
    last here, on one vector per region.

    Args:
        in_channels: Channels of the decoder map.
        embedding_channels: Width of the reduced map, hidden layer and embedding.
        regions: Regions per pair of views.
        side: Side of a region in view pixels.
        contrast: Config of the loss.
        align_corners: Convention of the decode head's upsampling; ``GLCNet`` gives
            that of its neck.
        min_valid_share: Least share of valid pixels in a region.
        sampling: ``'uniform'``, the paper's, or ``'balanced'``: places are drawn so
            that surfaces that look alike to the decoder, however rare in the batch of
            a process, come as often as others; see ``surface_strata``.
        strata: Number of kinds of surface for ``'balanced'``.

    Attributes:
        drawn: Regions of the last batch, for figures.
    """

    drawn: MatchedRegions | None = None

    def __init__(  # noqa: PLR0913, they are keys of configs
        self,
        in_channels: int,
        embedding_channels: int,
        regions: int,
        side: int,
        contrast: dict,
        align_corners: bool = True,
        min_valid_share: float = 0.5,
        sampling: str = 'uniform',
        strata: int = 8,
    ) -> None:
        super().__init__()
        if sampling not in ('uniform', 'balanced'):
            raise UserError(
                f'sampling must be "uniform" or "balanced", got "{sampling}"'
            )
        if strata < 2:
            raise UserError(f'Balanced sampling needs 2 strata or more, got {strata}')
        self.sampling, self.strata = sampling, strata
        self.regions = regions
        self.side = side
        self.align_corners = align_corners
        self.min_valid_share = min_valid_share
        self.reduction = nn.Linear(in_channels, embedding_channels)
        self.projection = projection(*[embedding_channels] * 3)
        self.contrast = MODELS.build(contrast)

    @torch.no_grad()
    def match(
        self, pixels1: Tensor, data_samples: Sequence[BaseDataElement]
    ) -> MatchedRegions:
        """Regions of a batch of two views; see ``match_regions``."""
        valid = stacked(data_samples, 'valid')
        seeds = stacked(data_samples, 'match_seed')
        strata = None
        if self.sampling == 'balanced':
            # Cells of half a region: small enough to tell a rare surface apart.
            cells = max(1, valid.shape[-1] // max(1, self.side // 2))
            strata = surface_strata(pixels1, valid[:, 0], seeds[0], cells, self.strata)
        return match_regions(
            stacked(data_samples, 'homographies'),
            valid,
            seeds,
            self.regions,
            self.side,
            self.min_valid_share,
            strata,
        )

    def loss(
        self,
        pixels1: Maps,
        pixels2: Maps,
        data_samples: Sequence[BaseDataElement],
        groups: Tensor | None = None,
    ) -> tuple[Tensor, dict]:
        """Loss and diagnostics of two decoder maps ``(N, C, h, w)``, or two of each.

        Regions of images of different ``groups``, ``(N,)`` int64, are no negatives.
        """
        matched = self.drawn = self.match(first_map(pixels1), data_samples)
        view_size = stacked(data_samples, 'valid').shape[-1]
        embed = partial(self._embed, view_size=view_size)
        view1 = embed_maps(partial(embed, boxes=matched.boxes1), pixels1)
        view2 = embed_maps(partial(embed, boxes=matched.boxes2), pixels2)
        keep = matched.keep.flatten()
        diagnostics = embedding_statistics(view1, view2, 'local', keep)
        diagnostics['local_valid_share'] = keep.float().mean()
        if groups is not None:
            groups = groups.repeat_interleave(self.regions)
        return self.contrast(view1, view2, keep, groups), diagnostics

    def _embed(self, pixels: Tensor, boxes: Tensor, view_size: int) -> Tensor:
        """Embeddings ``(N * R, D)`` of the boxes ``(N, R, 4)``."""
        means = window_means(pixels, boxes, view_size, self.align_corners)
        return self.projection(self.reduction(means.flatten(0, 1)))
