"""Damaged weights, in each form that torch writes."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from glcnet_mm.models.weights.checkpoints import read_checkpoint

from .target import Target


def checkpoint_targets() -> Iterator[Target]:
    """A bare state dict, and all that mmengine keeps, zipped and in the old form."""
    weights = {f'layer{n}.weight': torch.arange(60.0).reshape(6, 10) for n in range(4)}
    history = HistoryBuffer(np.arange(5.0), np.ones(5))
    whole = dict(
        meta=dict(iter=7, epoch=1, experiment_name='a'),
        state_dict=weights,
        optimizer=dict(state={0: dict(step=3, exp_avg=torch.ones(9))}),
        message_hub=dict(log_scalars=dict(loss=history)),
    )
    for content in (weights, whole):
        for zipped in (True, False):
            buffer = io.BytesIO()
            torch.save(content, buffer, _use_new_zipfile_serialization=zipped)
            yield Target('checkpoints', 'a.pth', buffer.getvalue(), False, _read)


def _read(path: Path) -> None:
    read_checkpoint(path)
