"""Scene in, finished lines of blended logits out, from the top."""

from collections.abc import Iterator

import numpy as np
from mmengine.utils import ProgressBar

from glcnet_mm.datasets.raster_io import Window, read_window

from .row_blender import RowBlender
from .segmentor import Segmentor

LINES_AT_ONCE = 64
Lines = tuple[np.ndarray, np.ndarray]


def blended_lines(
    segmentor: Segmentor, scene: str, blender: RowBlender, batch_size: int
) -> Iterator[Lines]:
    """Runs the model over a scene row of windows by row of windows.

    Yields:
        Logits (K, n, width), a view that lasts until the next step, and validity
        (n, width), for the next n lines; n is small whatever the window.
    """
    progress = ProgressBar(len(blender.rows) * len(blender.columns))
    for top in blender.rows:
        valid = _add_row(segmentor, scene, blender, top, batch_size, progress)
        finished = blender.finished()
        for line in range(0, finished.shape[1], LINES_AT_ONCE):
            logits = finished[:, line : line + LINES_AT_ONCE]
            inside = valid[line : line + logits.shape[1], : logits.shape[2]]
            yield logits, inside
        blender.advance()
    progress.file.write('\n')


def _add_row(
    segmentor: Segmentor,
    scene: str,
    blender: RowBlender,
    top: int,
    batch_size: int,
    progress: ProgressBar,
) -> np.ndarray:
    """Adds one row of windows to the blender; returns its validity."""
    side, width = blender.window_px, blender.sums.shape[2]
    # One read for the whole row: a strip of the file is then decoded once, not once
    # per window.
    strip = Window(0, top, max(width, side), side)
    pixels, valid = read_window(scene, strip, segmentor.bands)
    columns = [
        i
        for i, left in enumerate(blender.columns)
        if valid[:, left : left + side].any()
    ]
    for first in range(0, len(columns), batch_size):
        batch = columns[first : first + batch_size]
        windows = []
        for column in batch:
            left = blender.columns[column]
            part = np.s_[:, left : left + side]
            windows.append((Window(left, top, side, side), pixels[part], valid[part]))
        for column, logits in zip(batch, segmentor(scene, windows), strict=True):
            blender.add(column, logits)
        progress.update(len(batch))
    if len(columns) < len(blender.columns):
        progress.update(len(blender.columns) - len(columns))
    return valid
