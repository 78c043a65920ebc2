"""Scene in, finished lines of blended logits out, from the top."""

from collections.abc import Iterator

import numpy as np

from ..console.progress import Progress
from ..rasters.raster_io import Window, read_window
from ..rasters.validity import BandChoice
from .background import Items, in_background
from .ensemble import SceneModel
from .row_blender import RowBlender
from .tiling import Stretch

LINES_AT_ONCE = 64
Lines = tuple[np.ndarray, np.ndarray]


def blended_lines(
    segmentor: SceneModel,
    scene: str,
    stretch: Stretch,
    batch_size: int,
    progress: Progress,
) -> Iterator[Lines]:
    """Runs the model over a stretch row of windows by row of windows.

    The next row is read while the model works on one.

    Yields:
        Logits (K, n, width), a view that lasts until the next step, and validity
        (n, width), for the next n lines; n is small whatever the window.
    """
    blender = RowBlender(segmentor.num_classes, stretch.rows, stretch.columns)
    # What lies left of the stretch is read for its windows but is not mapped.
    margin = stretch.columns.first - stretch.columns.starts[0]
    for row, (pixels, valid) in enumerate(
        in_background(read_rows(scene, stretch, segmentor.choice))
    ):
        top = stretch.rows.starts[row]
        _add_row(segmentor, scene, blender, (top, pixels, valid), batch_size, progress)
        finished = blender.finished()
        above = max(stretch.rows.first - top, 0)
        for line in range(0, finished.shape[1], LINES_AT_ONCE):
            logits = finished[:, line : line + LINES_AT_ONCE]
            inside = valid[above + line :, margin:]
            yield logits, inside[: logits.shape[1], : logits.shape[2]]
        blender.advance()


def read_rows(
    scene: str, stretch: Stretch, bands: BandChoice
) -> Items[tuple[np.ndarray, np.ndarray]]:
    """Pixels and validity of every row of windows, each line read once.

    One read serves the whole row: a strip of the file is then decoded once, not once
    per window.
    """
    columns, side = stretch.columns, stretch.rows.window_px
    left = columns.starts[0]
    width = columns.starts[-1] + side - left
    kept, bottom = None, stretch.rows.starts[0]
    for top in stretch.rows.starts:
        window = Window(left, bottom, width, top + side - bottom)
        pixels, valid = read_window(scene, window, bands)
        if kept is not None:
            lines = bottom - top
            pixels = np.concatenate([kept[0][side - lines :], pixels])
            valid = np.concatenate([kept[1][side - lines :], valid])
        yield pixels, valid
        kept, bottom = (pixels, valid), top + side


def _add_row(
    segmentor: SceneModel,
    scene: str,
    blender: RowBlender,
    row: tuple[int, np.ndarray, np.ndarray],
    batch_size: int,
    progress: Progress,
) -> None:
    """Adds one row of windows, given its top, pixels and validity, to the blender."""
    top, pixels, valid = row
    starts, side = blender.columns.starts, blender.columns.window_px
    parts = [np.s_[:, start - starts[0] : start - starts[0] + side] for start in starts]
    columns = [i for i, part in enumerate(parts) if valid[part].any()]
    for first in range(0, len(columns), batch_size):
        batch = columns[first : first + batch_size]
        windows = [
            (Window(starts[i], top, side, side), pixels[parts[i]], valid[parts[i]])
            for i in batch
        ]
        for column, logits in zip(batch, segmentor(scene, windows), strict=True):
            blender.add(column, logits)
        progress.add(len(batch))
    if len(columns) < len(starts):
        progress.add(len(starts) - len(columns))
