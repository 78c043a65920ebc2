"""Geometry of a view as one matrix, and the one warp that applies it.

Matrices are ``(3, 3)`` float64 and map pixels of the window to pixels of the view, with
pixel centres at whole numbers, x to the right and y down. A part takes the matrix and
the size so far and returns both after its own step.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from mmengine.registry import TRANSFORMS
from numpy.random import Generator

from ...errors import UserError
from ...rasters.pixel_layout import as_integers

Size = tuple[int, int]  # width, height
Step = tuple[np.ndarray, Size]
MAX_CROP_TRIES = 5
WARPED_TYPES = {
    np.dtype(name) for name in ('uint8', 'uint16', 'int16', 'float32', 'float64')
}


def compose(parts: Sequence, size: Size, rng: Generator, matrix: np.ndarray) -> Step:
    """Applies the parts in turn, starting from ``matrix`` and its view's ``size``."""
    for part in parts:
        matrix, size = part(matrix, size, rng)
    return matrix, size


def warp(
    image: np.ndarray, matrix: np.ndarray, size: Size, nearest: bool, border: int | None
) -> np.ndarray:
    """Warps ``(H, W)`` or ``(H, W, C)`` of any dtype and band count.

    Args:
        image: Pixels.
        matrix: Window to view.
        size: Width and height of the view.
        nearest: Nearest pixel instead of bilinear; for masks and class numbers.
        border: Value outside the window; None repeats the edge.
    """
    flags = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    layers = image[..., None] if image.ndim == 2 else image
    if layers.dtype not in WARPED_TYPES:
        return _warp_wide(image, matrix, size, nearest, border)
    # OpenCV warps at most four bands at once.
    parts = [
        cv2.warpAffine(
            np.ascontiguousarray(layers[..., first : first + 4]),
            matrix[:2],
            size,
            flags=flags,
            borderMode=mode,
            borderValue=(border or 0,) * 4,
        ).reshape(size[1], size[0], -1)
        for first in range(0, layers.shape[2], 4)
    ]
    warped = parts[0] if len(parts) == 1 else np.concatenate(parts, -1)
    return warped[..., 0] if image.ndim == 2 else warped


def _warp_wide(
    image: np.ndarray, matrix: np.ndarray, size: Size, nearest: bool, border: int | None
) -> np.ndarray:
    """As ``warp``, in double precision, for types that OpenCV does not interpolate."""
    warped = warp(image.astype(np.float64), matrix, size, nearest, border)
    if image.dtype.kind in 'iu':
        return as_integers(warped, image.dtype)
    return warped.astype(image.dtype)


def _matrix(a: float, b: float, c: float, d: float, e: float, f: float) -> np.ndarray:
    return np.array([[a, b, c], [d, e, f], [0.0, 0.0, 1.0]])


@TRANSFORMS.register_module()
class CropResize:
    """Random resized crop (GLCNet, first step of both views).

    Args:
        size: Side of the view in pixels.
        area: Range of the crop's share of the image.
        aspect: Range of the crop's width by height, drawn uniformly.
    """

    def __init__(
        self,
        size: int,
        area: tuple[float, float] = (0.4, 1.0),
        aspect: tuple[float, float] = (3 / 4, 4 / 3),
    ) -> None:
        self.size, self.area, self.aspect = size, area, aspect

    def __call__(self, matrix: np.ndarray, size: Size, rng: Generator) -> Step:
        """One step; see the module."""
        w, h = self._shape(size, rng)
        x0 = rng.integers(size[0] - w + 1)
        y0 = rng.integers(size[1] - h + 1)
        sx, sy = self.size / w, self.size / h
        step = _matrix(sx, 0, (0.5 - x0) * sx - 0.5, 0, sy, (0.5 - y0) * sy - 0.5)
        return step @ matrix, (self.size, self.size)

    def _shape(self, size: Size, rng: Generator) -> Size:
        w = h = 0
        for _ in range(MAX_CROP_TRIES):
            area = rng.uniform(*self.area) * size[0] * size[1]
            aspect = rng.uniform(*self.aspect)
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if rng.random() < 0.5:
                w, h = h, w
            if w < size[0] and h < size[1]:
                break
        # The authors' fall-back can leave the image; the last draw is cut to it here.
        return max(1, min(w, size[0])), max(1, min(h, size[1]))


@TRANSFORMS.register_module()
class CropPixels:
    """Random crop without resizing; nothing where the image is no larger.

    Args:
        size: Side in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, matrix: np.ndarray, size: Size, rng: Generator) -> Step:
        """One step; see the module."""
        w, h = min(self.size, size[0]), min(self.size, size[1])
        x0, y0 = rng.integers(size[0] - w + 1), rng.integers(size[1] - h + 1)
        return _matrix(1, 0, -float(x0), 0, 1, -float(y0)) @ matrix, (w, h)


@TRANSFORMS.register_module()
class FlipAxes:
    """Flips along one axis, the other, both or none.

    Args:
        horizontal: Probability of a flip left to right only.
        vertical: Probability of a flip top to bottom only.
        both: Probability of both.
    """

    def __init__(
        self, horizontal: float = 0.2, vertical: float = 0.2, both: float = 0.2
    ) -> None:
        self.limits = np.cumsum([horizontal, vertical, both])
        if self.limits[-1] > 1 + 1e-9:
            raise UserError(f'Flips have probabilities above 1: {self.limits[-1]}')

    def __call__(self, matrix: np.ndarray, size: Size, rng: Generator) -> Step:
        """One step; see the module."""
        case = int(np.searchsorted(self.limits, rng.random(), side='right'))
        if case in (0, 2):
            matrix = _matrix(-1, 0, size[0] - 1, 0, 1, 0) @ matrix
        if case in (1, 2):
            matrix = _matrix(1, 0, 0, 0, -1, size[1] - 1) @ matrix
        return matrix, size


@TRANSFORMS.register_module()
class QuarterTurns:
    """Rotates clockwise by 0, 90, 180 or 270 degrees, equally likely.

    Args:
        p: Probability to rotate at all (by one of the four).
    """

    def __init__(self, p: float = 0.8) -> None:
        self.p = p

    def __call__(self, matrix: np.ndarray, size: Size, rng: Generator) -> Step:
        """One step; see the module."""
        apply, turns = rng.random() < self.p, int(rng.integers(4))
        for _ in range(turns if apply else 0):
            matrix = _matrix(0, -1, size[1] - 1, 1, 0, 0) @ matrix
            size = (size[1], size[0])
        return matrix, size


@TRANSFORMS.register_module()
class ShiftScale:
    """Random shift, scale and aspect about the centre (GLCNet's fine-tuning).

    Args:
        shift: Largest shift per axis as a share of the side, in whole pixels.
        scale: Range of the scale.
        aspect: Range of the ratio of the two axes' scales.
        p: Probability.
    """

    def __init__(
        self,
        shift: float = 0.1,
        scale: tuple[float, float] = (0.9, 1.1),
        aspect: tuple[float, float] = (0.9, 1.1),
        p: float = 0.5,
    ) -> None:
        self.shift, self.scale, self.aspect, self.p = shift, scale, aspect, p

    def __call__(self, matrix: np.ndarray, size: Size, rng: Generator) -> Step:
        """One step; see the module."""
        if rng.random() >= self.p:
            return matrix, size
        dx, dy = (round(rng.uniform(-self.shift, self.shift) * n) for n in size)
        scale, ratio = rng.uniform(*self.scale), math.sqrt(rng.uniform(*self.aspect))
        sx, sy = scale * ratio, scale / ratio
        cx, cy = (size[0] - 1) / 2, (size[1] - 1) / 2
        step = _matrix(sx, 0, cx - sx * cx + dx, 0, sy, cy - sy * cy + dy)
        return step @ matrix, size
