"""Blending overlapping windows with one row of windows in memory."""

import numpy as np

from .window_plan import Axis


class RowBlender:
    """Sums weighted logits row of windows by row of windows, from the top.

    Only ``sums`` grows with the scene, and only with its width. Use: ``add`` every
    window of a row, take ``finished``, then ``advance``. The sums of a pixel are added
    in the same order whatever the stretch, so they are the same to the last bit.

    Args:
        num_classes: K.
        rows: The lines to blend.
        columns: The columns to blend.
    """

    def __init__(self, num_classes: int, rows: Axis, columns: Axis) -> None:
        self.rows, self.columns = rows, columns
        self._ends = [*rows.starts[1:], rows.stop]
        lines = min(rows.window_px, rows.stop - rows.starts[0])
        width = columns.stop - columns.first
        self.sums = np.zeros((num_classes, lines, width), np.float32)
        side = rows.window_px
        self._weighted = np.empty((num_classes, side, side), np.float32)
        self._row = 0

    def add(self, column: int, logits: np.ndarray) -> None:
        """Adds one window of the current row.

        Args:
            column: Number of the window in its row.
            logits: (K, window_px, window_px).
        """
        start = self.columns.starts[column]
        first = max(self.columns.first - start, 0)
        stop = min(self.columns.stop - start, self.columns.window_px)
        lines = self.sums.shape[1]
        weights = np.outer(
            self.rows.weights[self._row][:lines],
            self.columns.weights[column][first:stop],
        )
        offset = start - self.columns.first
        place = self.sums[:, :, first + offset : stop + offset]
        weighted = self._weighted[:, :lines, first:stop]
        np.multiply(logits[:, :lines, first:stop], weights, out=weighted)
        place += weighted

    def finished(self) -> np.ndarray:
        """Blended logits (K, lines, width) that no later row will change; a view.

        None for a row that lies above the stretch and only reaches into it.
        """
        start = self.rows.starts[self._row]
        first = max(self.rows.first - start, 0)
        return self.sums[:, first : max(self._ends[self._row] - start, first)]

    def advance(self) -> None:
        """Makes room for the next row of windows."""
        lines = self._ends[self._row] - self.rows.starts[self._row]
        kept = self.sums.shape[1] - lines
        for plane in self.sums:  # one plane at a time: the shift copies what it moves
            plane[:kept] = plane[lines:]
            plane[kept:] = 0
        self._row += 1
