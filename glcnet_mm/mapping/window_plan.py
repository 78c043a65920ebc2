"""Where the windows of a scene lie, per axis."""

import math
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from .blend_weights import blend_weights


def window_starts(size_px: int, window_px: int, overlap_px: int) -> list[int]:
    """First pixels of the windows along one axis.

    Neighbours overlap by at least ``overlap_px``; the last window is moved inside
    instead of reaching over the border. An axis shorter than a window has one.
    """
    if not 0 <= overlap_px < window_px:
        raise UserError(
            f'The overlap must be at least 0 and below the window of {window_px} px, '
            f'got {overlap_px}.'
        )
    free = max(size_px - window_px, 0)
    count = 1 + math.ceil(free / (window_px - overlap_px))
    # Even spacing shares the surplus overlap among all windows.
    return [round(i * free / max(count - 1, 1)) for i in range(count)]


class Axis(NamedTuple):
    """A stretch of one axis of a scene and the windows that touch it.

    The windows are those of the whole scene, so a stretch is mapped as in the whole.
    """

    starts: list[int]
    weights: np.ndarray  # (number of windows, window_px)
    first: int
    stop: int

    @property
    def window_px(self) -> int:
        """Side of the windows."""
        return self.weights.shape[1]

    def part(self, first_window: int, stop_window: int) -> 'Axis':
        """The stretch from the start of one window to that of another.

        Args:
            first_window: Its start is the first pixel.
            stop_window: Its start is past the last pixel; the end of the axis when
                there is no such window.
        """
        first = self.starts[first_window]
        stop = [*self.starts, self.stop][stop_window]
        touching = [
            i
            for i, start in enumerate(self.starts)
            if start < stop and start + self.window_px > first
        ]
        starts = [self.starts[i] for i in touching]
        return Axis(starts, self.weights[touching], first, stop)


def whole_axis(size_px: int, window_px: int, overlap_px: int) -> Axis:
    """All windows of an axis; see ``window_starts`` and ``blend_weights``."""
    starts = window_starts(size_px, window_px, overlap_px)
    return Axis(starts, blend_weights(size_px, window_px, starts), 0, size_px)
