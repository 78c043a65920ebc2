"""Where the pixels of a window lie: in the raster, in the result and in memory."""

import cv2
import numpy as np

# Above, or of other types, cv2 cannot interleave bands.
MAX_CHANNELS = 64
CV2_TYPES = {
    np.dtype(name)
    for name in ('uint8', 'int8', 'uint16', 'int16', 'int32', 'float32', 'float64')
}

# Of a pixel of the result, for a border that rounding moved.
EPSILON = 1e-9


def inside_axis(
    start: int, length: int, size: int, out: int
) -> tuple[float, float, slice]:
    """The part of a window inside its raster, along one axis.

    Args:
        start: Of the window.
        length: Of the window.
        size: Of the raster.
        out: Pixels that the window is shrunk to; its length where it is not.

    Returns:
        Start and length of the part, and the pixels of the result that lie wholly
        inside.
    """
    if length == out:
        first, last = max(start, 0), min(start + length, size)
        return first, last - first, slice(first - start, last - start)
    step = length / out
    begin = max(int(np.ceil(-start / step - EPSILON)), 0)
    end = min(int(np.floor((size - start) / step + EPSILON)), out)
    left, right = max(start + begin * step, 0), min(start + end * step, size)
    return left, right - left if end > begin else 0, slice(begin, end)


def interleaved(data: np.ndarray) -> np.ndarray:
    """``(C, H, W)`` as contiguous ``(H, W, C)``."""
    if len(data) == 1:
        return data[0, ..., None]
    if len(data) <= MAX_CHANNELS and data.dtype in CV2_TYPES:
        # Up to 20 times faster than numpy, which would double the time of a window.
        return cv2.merge(list(data))
    return np.ascontiguousarray(np.moveaxis(data, 0, -1))


def planes(image: np.ndarray) -> np.ndarray:
    """``(H, W, C)`` as contiguous ``(C, H, W)``, a view where it lies so already."""
    moved = image.transpose(2, 0, 1)
    if moved.flags.c_contiguous:
        return moved
    if image.shape[2] <= MAX_CHANNELS and image.dtype in CV2_TYPES:
        # As above: numpy is slow where a few numbers lie innermost.
        found = np.empty(moved.shape, image.dtype)
        cv2.split(image, list(found))
        return found
    return np.ascontiguousarray(moved)


def as_integers(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Values rounded to whole numbers that a type can hold."""
    limits = np.iinfo(dtype)
    low, high = limits.min, limits.max
    if dtype.itemsize > 2:
        values = values.astype(np.float64)
    if dtype.itemsize > 4:
        # The ends are no floating-point numbers: take the next ones inside.
        low, high = (np.nextafter(float(v), 0) for v in (low, high))
    rounded = np.rint(values)
    return np.clip(rounded, low, high, out=rounded).astype(dtype)
