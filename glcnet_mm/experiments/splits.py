"""Label fractions as files: which windows of a grid may be learnt from."""

import os
from pathlib import Path

import numpy as np

from ..datasets.labels import IGNORE
from ..datasets.raster_io import read_window
from ..datasets.transforms.loading import decode_label
from ..datasets.windows import WindowDataset
from ..files import write_text


def draw_windows(
    dataset: WindowDataset,
    fraction: float,
    seed: int,
    min_labelled_share: float = 0.5,
) -> list[tuple[str, int, int]]:
    """Draws a share of the labelled windows of a grid, uniformly.

    Args:
        dataset: With labels, on its whole grid.
        fraction: Share in (0, 1] of the windows with labels; at least one is drawn.
        seed: Of the draw.
        min_labelled_share: Windows with fewer labelled pixels are passed over.

    Returns:
        Scene, column and row of each, sorted; a scene is named by its path.

    Raises:
        ValueError: The fraction is out of range or no window is labelled.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f'The fraction must lie in (0, 1], got {fraction}')
    rng = np.random.default_rng(seed)
    wanted = max(1, int(fraction * len(dataset.index)))
    drawn = []
    for number in rng.permutation(len(dataset.index)):
        scene, window = dataset.index[int(number)]
        label = dataset.label_paths[scene]
        raw, valid = read_window(label, window)
        labels, _ = decode_label(dataset.decoder, raw, valid, label)
        if (labels != IGNORE).mean() >= min_labelled_share:
            drawn.append((dataset.index.infos[scene].path, window.col, window.row))
        if len(drawn) == wanted:
            return sorted(drawn)
    if not drawn:
        raise ValueError('No window of the data set has enough labelled pixels.')
    return sorted(drawn)


def draw_unlabelled(
    dataset: WindowDataset, fraction: float, seed: int
) -> list[tuple[str, int, int]]:
    """Draws a share of the windows of a grid, uniformly; as ``draw_windows``."""
    count = max(1, int(fraction * len(dataset.index)))
    numbers = np.random.default_rng(seed).permutation(len(dataset.index))[:count]
    chosen = (dataset.index[int(number)] for number in numbers)
    paths = [info.path for info in dataset.index.infos]
    return sorted((paths[scene], w.col, w.row) for scene, w in chosen)


def write_windows(
    path: str, windows: list[tuple[str, int, int]], root: str, remark: str
) -> None:
    """Writes a windows file; scenes are named relative to ``root``."""
    lines = [f'# {remark}']
    for scene, col, row in windows:
        name = Path(os.path.relpath(scene, root or '.')).as_posix()
        lines.append(f'{name}\t{col}\t{row}')
    write_text(path, '\n'.join(lines) + '\n')
