"""Which bands a picture shows, and pixels as colours."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..datasets.labels import IGNORE
from ..errors import UserError
from ..visualization.figures import stretch

INVALID = ((0.9, 0.0, 0.9), (0.3, 0.0, 0.3))
IGNORED = ((1.0, 1.0, 1.0), (0.45, 0.45, 0.45))


class Rendering(NamedTuple):
    """A way to draw a window: one channel in grey or three in colour."""

    name: str
    channels: list[int]


def choose_renderings(
    read: Sequence[int], wanted: Sequence[int] | None
) -> list[Rendering]:
    """One band in grey, each of two in grey, three in colour.

    Args:
        read: Bands of the raster that the channels are, counted from one.
        wanted: One to three bands of the raster to show; when None, all of one or two
            channels or the first three.

    Raises:
        UserError: A band is not read, or there are too many.
    """
    read = list(read)
    wanted = read[:3] if wanted is None else list(wanted)
    if not 1 <= len(wanted) <= 3:
        raise UserError(f'--bands takes one to three bands, got {len(wanted)}.')
    for band in wanted:
        if band not in read:
            raise UserError(f'--bands asks for band {band}, but {read} are read.')
    channels = [read.index(band) for band in wanted]
    if len(channels) == 3:
        return [Rendering(f'bands {", ".join(map(str, wanted))}', channels)]
    return [
        Rendering(f'band {band}', [channel])
        for band, channel in zip(wanted, channels, strict=True)
    ]


def render(
    image: np.ndarray,
    valid: np.ndarray,
    channels: Sequence[int],
    limits: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """``(H, W, 3)`` in 0 to 1, stretched over valid pixels; others are hatched."""
    if limits is not None:
        low, high = limits
        limits = low[list(channels)], high[list(channels)]
    shown = stretch(image[..., list(channels)], valid, limits)
    shown = np.repeat(shown, 3, -1) if len(channels) == 1 else shown
    return hatched(shown, ~valid, INVALID)


def overlay(
    shown: np.ndarray, labels: np.ndarray, valid: np.ndarray, colours: np.ndarray
) -> np.ndarray:
    """Class colours over a grey picture; ignored and invalid pixels are hatched."""
    grey = shown.mean(-1, keepdims=True)
    mixed = 0.4 * grey + 0.6 * colours[labels]
    mixed = hatched(mixed, labels == IGNORE, IGNORED)
    return hatched(mixed, ~valid, INVALID)


def hatched(
    picture: np.ndarray, mask: np.ndarray, colours: tuple[Sequence[float], ...]
) -> np.ndarray:
    """Diagonal stripes of two colours where ``mask`` is set."""
    height, width = mask.shape
    row, col = np.ogrid[:height, :width]
    stripe = (row + col) // max(1, max(height, width) // 48) % 2
    return np.where(mask[..., None], np.array(colours)[stripe], picture)
