"""Solving jigsaw puzzles (Noroozi and Favaro, ECCV 2016)."""

from collections.abc import Sequence

import torch
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from mmpretrain.models.selfsup.base import BaseSelfSupervisor
from torch import Tensor

from ...sample_batch import stacked


@MODELS.register_module()
class Jigsaw(BaseSelfSupervisor):
    """Tells in which order the cells of an image come.

    All cells pass through the encoder as one batch, so that batch statistics do not
    depend on the position of a cell.

    Args:
        backbone: Any backbone of mmseg or mmpretrain.
        neck: Gives one embedding per cell, e.g. ``EmbeddingNeck``.
        head: ``OrderHead``.
        data_preprocessor: See ``MultiBandPreprocessor``.
    """

    def loss(
        self, inputs: Sequence[Tensor], data_samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        """Loss and accuracy of cells, one tensor ``(N, C, S, S)`` per position."""
        cells = torch.stack(tuple(inputs), 1)
        embeddings = self.neck(self.backbone(cells.flatten(0, 1)))[0]
        orders = stacked(data_samples, 'order')
        return self.head.loss(embeddings.unflatten(0, cells.shape[:2]), orders)
