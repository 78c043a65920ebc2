"""What tells windows apart: embeddings of an encoder, or statistics of bands."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.registry import MODELS
from torch import Tensor, nn

from ..datasets.transforms.packing import as_tensor
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..models.weights.levels import load_level
from ..rasters.raster_io import Window
from ..rasters.resample import read_on

BATCH = 16
Place = tuple[int, Window]


class Described(NamedTuple):
    """Windows as vectors.

    Attributes:
        features: ``(N, D)`` float32.
        valid: ``(N,)`` share of valid pixels.
    """

    features: np.ndarray
    valid: np.ndarray


def build_encoder(
    config: Mapping,
    checkpoint: str,
    level: str | Sequence[str],
    inflate: bool = True,
    style: str = 'auto',
    stream: str | None = None,
) -> nn.Module:
    """A model that embeds windows, where tensors are computed.

    Args:
        config: Of the model.
        checkpoint: Of ``load_level``, as all that follows.
        level: What is loaded.
        inflate: Fit the stem to the bands.
        style: How the checkpoint names its weights.
        stream: Of two.
    """
    model = MODELS.build(config)
    load_level(model, checkpoint, level, inflate, style, stream)
    return model.eval().to(get_device())


def describe(
    dataset: WindowDataset, places: Sequence[Place], model: nn.Module | None
) -> Described:
    """Reads windows one batch after the other; only their vectors stay in memory.

    Args:
        dataset: Of the windows.
        places: Scene and window of each.
        model: With ``backbone`` and ``data_preprocessor``; None for mean and deviation
            of every band instead of an embedding.
    """
    rows, shares = [], np.zeros(len(places), np.float32)
    for start in range(0, len(places), BATCH):
        batch = [read_place(dataset, place) for place in places[start : start + BATCH]]
        shares[start : start + len(batch)] = [valid.mean() for _, valid in batch]
        rows.append(_statistics(batch) if model is None else _embed(model, batch))
    features = np.concatenate(rows)
    # Cosines for networks; bands of any unit count alike.
    return Described(_scaled(features, shares) if model is None else features, shares)


def read_place(dataset: WindowDataset, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """Pixels ``(H, W, C)`` of a window and which of them are valid."""
    scene, window = place
    path = dataset.index.infos[scene].path
    return read_on(dataset.grids[scene], path, window, dataset.choice)


def _statistics(batch: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    rows = np.zeros((len(batch), 2 * batch[0][0].shape[2]), np.float32)
    for row, (pixels, valid) in zip(rows, batch, strict=True):
        if valid.any():
            values = pixels[valid].astype(np.float64)
            row[:] = np.concatenate([values.mean(0), values.std(0)])
    return rows


def _scaled(features: np.ndarray, valid: np.ndarray) -> np.ndarray:
    some = features[valid > 0]
    if not len(some):
        return features
    spread = some.std(0)
    return (features - some.mean(0)) / np.where(spread > 0, spread, 1)


@torch.no_grad()
def _embed(model: Any, batch: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    device = next(model.parameters()).device
    images = torch.stack([as_tensor(pixels) for pixels, _ in batch])
    valid = torch.from_numpy(np.stack([valid for _, valid in batch])).to(device)
    images = model.data_preprocessor(dict(inputs=images))['inputs']
    # Nodata is the mean of the band to the network, as in training.
    maps = model.backbone(images.masked_fill(~valid[:, None], 0.0))[-1]
    maps = maps if isinstance(maps, Tensor) else torch.cat(list(maps), 1)
    if maps.dim() != 4:
        raise UserError(
            f'{type(model.backbone).__name__} gives {tuple(maps.shape)} instead of a '
            f'map (N, C, h, w); choose windows with --checkpoint none.'
        )
    vectors = maps.float().mean((2, 3))
    return torch.nn.functional.normalize(vectors).cpu().numpy()
