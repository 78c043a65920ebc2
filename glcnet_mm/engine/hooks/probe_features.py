"""Features and classes of labelled pixels, for probing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import Tensor

from ...datasets.labels import IGNORE
from ...datasets.windows import WindowDataset
from ...errors import UserError
from ...models.necks.decode_head_neck import DecodeHeadNeck

# Windows in one forward pass.
BATCH = 8


def feature_maps(model: BaseModel, images: Tensor) -> dict[str, Tensor]:
    """The maps that a self-supervised algorithm trains, each ``(N, C, h, w)``.

    ``e`` is the encoder map: of a ``DecodeHeadNeck``, or the backbone's last map where
    there is none. ``d`` is the decoder map, if a local head trains it.

    Of a segmentor ``b`` is the last map that its head is given, ``e`` the output of the
    head's ``bottleneck``, if it has one, and ``d`` what its classifier is given.

    Args:
        model: With a ``backbone`` and mostly a ``neck``.
        images: Normalised ``(N, C, H, W)``.

    Raises:
        UserError: The model has no such map.
    """
    if isinstance(getattr(model, 'decode_head', None), BaseDecodeHead):
        return _segmentor_maps(model, images)
    features = model.backbone(images)
    neck = getattr(model, 'neck', None)
    if not isinstance(neck, DecodeHeadNeck):
        maps = dict(e=features[-1])
    elif getattr(model, 'local_head', None) is None:
        maps = dict(e=_joined(neck.encode(features)))
    else:
        maps = dict(zip('ed', map(_joined, neck(features)), strict=True))
    if maps['e'].dim() != 4:
        raise UserError(
            f'A probe needs a map (N, C, h, w), but the last output of '
            f'{type(model.backbone).__name__} has shape {tuple(maps["e"].shape)}; let '
            f'the backbone give maps or leave FrozenProbeHook out.'
        )
    return maps


def _segmentor_maps(model: BaseModel, images: Tensor) -> dict[str, Tensor]:
    features = model.extract_feat(images)
    head, maps = model.decode_head, dict(b=_joined(features[-1]))
    watches = [
        head.conv_seg.register_forward_pre_hook(
            lambda _, inputs: maps.update(d=inputs[0])
        )
    ]
    if hasattr(head, 'bottleneck'):
        watches.append(
            head.bottleneck.register_forward_hook(lambda _, __, out: maps.update(e=out))
        )
    try:
        head(features)
    finally:
        for watch in watches:
            watch.remove()
    return maps


def _joined(maps: Tensor | Sequence[Tensor]) -> Tensor:
    """A map, or those of several modalities as one."""
    return maps if isinstance(maps, Tensor) else torch.cat(list(maps), 1)


def probe_features(
    model: BaseModel, dataset: WindowDataset, windows: int, pixels: int
) -> dict[str, tuple[Tensor, Tensor]]:
    """Reads labelled windows and gathers what each map holds at labelled cells.

    Args:
        model: In evaluation mode, with a ``data_preprocessor``.
        dataset: Gives what ``PackWindow`` packs.
        windows: At most so many, spread evenly over the data set.
        pixels: At most so many cells per window and map, always the same ones.

    Returns:
        By the name of the map, features ``(P, C)`` and class numbers ``(P,)``.
    """
    head: Any = getattr(model, 'decode_head', getattr(model, 'neck', None))
    of_head = isinstance(head, DecodeHeadNeck | BaseDecodeHead)
    align_corners = of_head and head.align_corners
    generator = torch.Generator().manual_seed(0)
    found: dict[str, list[tuple[Tensor, Tensor]]] = {}
    picks = pick_windows(dataset, windows)
    for start in range(0, len(picks), BATCH):
        samples = [dataset[pick] for pick in picks[start : start + BATCH]]
        inputs = torch.stack([sample['inputs'] for sample in samples])
        packed = [sample['data_samples'] for sample in samples]
        labels = torch.stack([pixel_labels(sample) for sample in packed])
        data = dict(inputs=inputs, data_samples=packed)
        images = model.data_preprocessor(data)['inputs']
        for name, maps in feature_maps(model, images).items():
            cells = cell_labels(labels, maps.shape[-2:], align_corners)
            part = _gather(maps, cells, pixels, generator)
            found.setdefault(name, []).append(part)
    return {
        name: (torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts]))
        for name, parts in found.items()
    }


def pick_windows(dataset: WindowDataset, windows: int) -> list[int]:
    """Numbers of up to ``windows`` windows, spread evenly over the data set."""
    count = min(len(dataset), windows)
    return np.linspace(0, len(dataset) - 1, count).astype(int).tolist()


def pixel_labels(sample: BaseDataElement) -> Tensor:
    """Class numbers ``(H, W)`` of a packed window; 255 where no pixel was measured."""
    labels = sample.gt_sem_seg.data[0]
    return labels.masked_fill(~sample.valid.data[0], IGNORE)


def cell_labels(labels: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """The label at the centre of every cell of a map.

    Args:
        labels: ``(N, H, W)``.
        size: Of the map, ``(h, w)``.
        align_corners: Whether the outer cells lie on the outer pixels, or cells tile
            the image.

    Returns:
        ``(N, h, w)``.
    """
    rows, columns = (
        _centres(cells, pixels, align_corners)
        for cells, pixels in zip(size, labels.shape[1:], strict=True)
    )
    return labels[:, rows[:, None], columns]


def _centres(cells: int, pixels: int, align_corners: bool) -> Tensor:
    if align_corners and cells > 1:
        return torch.linspace(0, pixels - 1, cells, dtype=torch.float64).round().long()
    return (2 * torch.arange(cells) + 1) * pixels // (2 * cells)


def _gather(
    maps: Tensor, cells: Tensor, pixels: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Up to ``pixels`` labelled cells of every map, drawn without repetition."""
    cells = cells.flatten(1)
    order = torch.rand(cells.shape, generator=generator)
    order = order.masked_fill(cells == IGNORE, -1.0)
    draw, chosen = order.topk(min(pixels, cells.shape[1]), dim=1)
    window = torch.arange(len(cells))[:, None].expand_as(chosen)[draw >= 0]
    chosen = chosen[draw >= 0]
    labels = cells[window, chosen].to(maps.device)
    return maps.flatten(2).float()[window, :, chosen], labels
