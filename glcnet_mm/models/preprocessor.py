"""Normalisation on the device for any number of bands, views or modalities."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS
from torch import Tensor
from torch.backends.cpu import get_cpu_capability

from ..errors import UserError
from ..sample_batch import SampleBatch, stacked
from ..stats_file import read_scale
from ..wording import counted
from .compiling import is_compiling

Inputs = Tensor | list[Tensor]


@MODELS.register_module()
class MultiBandPreprocessor(BaseDataPreprocessor):
    """Moves a batch to the device and normalises every band.

    Serves both stages: a segmentation batch (one image per sample) comes out as one
    ``(N, C, H, W)`` tensor, a batch of views as one such tensor per view. The stock
    pre-processors accept 1 or 3 bands only.

    Pixels marked invalid become 0 after normalisation (the band mean), so that nodata
    values never reach the network as extreme inputs.

    Args:
        mean: One value for all bands, or one per band, in the raster's own units.
        std: The same for the scale. ``(x - mean) / std``.
        stats: File of ``tools/compute_stats.py``, whose figures replace ``mean`` and
            ``std``. They become part of the checkpoint, which then needs no file.
        percentiles: Two percentiles of ``stats`` that become -1.6 and 1.6, the range
            of the paper's inputs, instead of ``(x - mean) / std``.
        clip: Bound of the absolute values after that; None leaves them as they are.
        channels_last: Lay the pixels out with their bands together, which convolutions
            follow and are faster by, on GPUs and processors with AVX-512; False for
            parts that need it the other way.
    """

    def __init__(
        self,
        mean: float | Sequence[float] | None = None,
        std: float | Sequence[float] | None = None,
        channels_last: bool = True,
        stats: str | None = None,
        percentiles: Sequence[float] | None = None,
        clip: float | None = None,
    ) -> None:
        # Memory that is not pinned is copied at once, whatever is asked for.
        super().__init__(non_blocking=True)
        self.channels_last = channels_last
        self.clip, self.source = clip, stats
        means, stds = map(_as_bands, read_scale(mean, std, stats, percentiles))
        if (stds <= 0).any():
            raise UserError(f'std must be positive for every band, got {stds.tolist()}')
        if clip is not None and clip <= 0:
            raise UserError(f'clip must be positive or None, got {clip}')
        # A config holds its own figures, but a file may change or stay behind.
        self.register_buffer('mean', means, persistent=stats is not None)
        self.register_buffer('std', stds, persistent=stats is not None)
        if stats is not None:
            print_log(
                f'Inputs are scaled by {stats}: mean {means.flatten().tolist()}, '
                f'std {stds.flatten().tolist()}',
                'current',
            )

    def _layout(self, device: torch.device) -> torch.memory_format:
        """With bands together where it pays and is safe.

        With AVX2 alone oneDNN writes beyond gradients of few channels that are laid out
        so, which ends the process, and takes as long either way.
        """
        slow = device.type == 'cpu' and get_cpu_capability() == 'AVX2'
        together = self.channels_last and not slow
        return torch.channels_last if together else torch.contiguous_format

    def forward(self, data: dict, training: bool = False) -> dict:
        """Returns the batch with normalised ``inputs``.

        Args:
            data: ``inputs`` as ``stack_samples`` or either collate function of mmengine
                leaves them, and optionally ``data_samples`` with a ``valid`` mask:
                ``(V, H, W)`` of the views, or a ``PixelData`` of ``(1, H, W)``.
            training: Unused; part of the framework's interface.
        """
        data = self.cast_data(data)
        samples = data.get('data_samples')
        inputs = _stack(data['inputs'])
        valid = _stack_valid(samples)
        if isinstance(inputs, Tensor):
            inputs = self.normalise(inputs, valid)
        else:
            inputs = [
                self.normalise(view, None if valid is None else valid[:, i, None])
                for i, view in enumerate(inputs)
            ]
        return dict(inputs=inputs, data_samples=samples)

    def cast_data(self, data: Any) -> Any:
        """Copies to the device, samples that are stacked as well."""
        if isinstance(data, SampleBatch):
            return data.to(self.device, self._non_blocking)
        return super().cast_data(data)

    def normalise(self, images: Tensor, valid: Tensor | None = None) -> Tensor:
        """Images ``(N, C, H, W)`` in the raster's units, normalised; invalid ones 0."""
        for name in ('mean', 'std'):
            count = getattr(self, name).shape[0]
            if count not in (1, images.shape[1]):
                raise UserError(
                    f'The images have {counted(images.shape[1], "band")} but '
                    f'{self.source or "the pre-processor"} has {count} values of '
                    f'{name}: set one per band, or a single one.'
                )
        if is_compiling():  # a graph takes any number of images
            return self._scaled(images, valid)
        layout = self._layout(images.device)
        scaled = torch.empty(images.shape, device=images.device, memory_format=layout)
        # A CPU does one at a time, which stays in its cache until it is done.
        step = 1 if images.device.type == 'cpu' else max(len(images), 1)
        for start in range(0, len(images), step):
            part = slice(start, start + step)
            good = None if valid is None else valid[part]
            scaled[part] = self._scaled(images[part], good)
        return scaled

    def _scaled(self, images: Tensor, valid: Tensor | None) -> Tensor:
        if images.is_floating_point():
            images = images.float()
        images = (images - self.mean).div_(self.std)
        if self.clip is not None:
            images.clamp_(-self.clip, self.clip)
        return images if valid is None else images.masked_fill_(~valid, 0.0)


def _as_bands(values: float | Sequence[float]) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32).reshape(-1, 1, 1)


def _stack(inputs: Any) -> Inputs:
    """Tells images from views by rank: a list of (C, H, W) is a batch of images."""
    if isinstance(inputs, Tensor):
        return inputs
    if isinstance(inputs[0], Tensor) and inputs[0].dim() == 3:
        return torch.stack(tuple(inputs))
    return [v if isinstance(v, Tensor) else torch.stack(tuple(v)) for v in inputs]


def _stack_valid(samples: SampleBatch | Sequence | None) -> Tensor | None:
    if not samples:
        return None
    names = samples.fields if isinstance(samples, SampleBatch) else samples[0]
    return stacked(samples, 'valid').bool() if 'valid' in names else None
