"""Blending overlapping windows with one row of windows in memory."""

import numpy as np

from .geometry import blend_weights, window_starts


class RowBlender:
    """Sums weighted logits row of windows by row of windows, from the top.

    Only ``sums`` grows with the scene, and only with its width. Use: ``add`` every
    window of a row, take ``finished``, then ``advance``.

    Args:
        num_classes: K.
        height_px: Of the scene.
        width_px: Of the scene.
        window_px: Side of the windows.
        overlap_px: Least overlap of neighbours.
    """

    def __init__(
        self,
        num_classes: int,
        height_px: int,
        width_px: int,
        window_px: int,
        overlap_px: int,
    ) -> None:
        self.window_px = window_px
        self.rows = window_starts(height_px, window_px, overlap_px)
        self.columns = window_starts(width_px, window_px, overlap_px)
        self._row_weights = blend_weights(height_px, window_px, self.rows)
        self._column_weights = blend_weights(width_px, window_px, self.columns)
        self._ends = [*self.rows[1:], height_px]
        lines = min(window_px, height_px)
        self.sums = np.zeros((num_classes, lines, width_px), np.float32)
        self._row = 0

    def add(self, column: int, logits: np.ndarray) -> None:
        """Adds one window of the current row.

        Args:
            column: Number of the window in its row.
            logits: (K, window_px, window_px).
        """
        start = self.columns[column]
        place = self.sums[:, :, start : start + logits.shape[2]]
        height, width = place.shape[1:]
        weights = np.outer(
            self._row_weights[self._row][:height], self._column_weights[column][:width]
        )
        place += logits[:, :height, :width] * weights

    def finished(self) -> np.ndarray:
        """Blended logits (K, lines, width) that no later row will change; a view."""
        return self.sums[:, : self._ends[self._row] - self.rows[self._row]]

    def advance(self) -> None:
        """Makes room for the next row of windows."""
        lines = self.finished().shape[1]
        kept = self.sums.shape[1] - lines
        for plane in self.sums:  # one plane at a time: the shift copies what it moves
            plane[:kept] = plane[lines:]
            plane[kept:] = 0
        self._row += 1
