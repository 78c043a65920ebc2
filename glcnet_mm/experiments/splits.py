"""Label fractions as files: which windows of a grid may be learnt from."""

import os
from pathlib import Path

import numpy as np

from ..datasets.labels import IGNORE
from ..datasets.raster_io import Window, read_window
from ..datasets.transforms.loading import decode_label
from ..datasets.windows import WindowDataset
from ..files import write_text

# Of a window's pixels, for a class to count as shown by it.
MIN_CLASS_SHARE = 0.05


def draw_windows(
    dataset: WindowDataset,
    fraction: float,
    seed: int,
    min_labelled_share: float = 0.5,
    every_class: bool = False,
) -> list[tuple[str, int, int]]:
    """Draws a share of the labelled windows of a grid, uniformly.

    Of one seed, a smaller share is part of a larger one.

    Args:
        dataset: With labels, on its whole grid.
        fraction: Share in (0, 1] of the windows with labels; at least one is drawn.
        seed: Of the draw.
        min_labelled_share: Windows with fewer labelled pixels are passed over.
        every_class: Begin with the first drawn window of each class that covers
            ``MIN_CLASS_SHARE`` of it, as someone with few windows to label would.

    Returns:
        Scene, column and row of each, sorted; a scene is named by its path.

    Raises:
        ValueError: The fraction is out of range or no window is labelled.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f'The fraction must lie in (0, 1], got {fraction}')
    rng = np.random.default_rng(seed)
    wanted = max(1, int(fraction * len(dataset.index)))
    missing = set(range(len(dataset.metainfo['classes']))) if every_class else set()
    first, others = [], []
    for number in rng.permutation(len(dataset.index)):
        scene, window = dataset.index[int(number)]
        shares = _class_shares(dataset, scene, window)
        if shares.sum() < min_labelled_share:
            continue
        new = missing & set(np.flatnonzero(shares >= MIN_CLASS_SHARE))
        missing -= new
        name = dataset.index.infos[scene].path, window.col, window.row
        (first if new else others).append(name)
        if len(first) + len(others) >= wanted and not missing:
            break
    if not first and not others:
        raise ValueError('No window of the data set has enough labelled pixels.')
    return sorted([*first, *others][:wanted])


def _class_shares(dataset: WindowDataset, scene: int, window: Window) -> np.ndarray:
    """Share of each class in a window."""
    label = dataset.label_paths[scene]
    raw, valid = read_window(label, window)
    labels, _ = decode_label(dataset.decoder, raw, valid, label)
    return np.bincount(labels.ravel(), minlength=IGNORE + 1)[:IGNORE] / labels.size


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
