"""Label fractions as files: which windows of a grid may be learnt from."""

import os
from pathlib import Path

import numpy as np

from ..datasets.labels import IGNORE
from ..datasets.resample import read_on
from ..datasets.transforms.loading import decode_label
from ..datasets.windows import WindowDataset
from ..files import write_text

# Of a window's pixels: labelled ones for it to be drawn, and those of a class for the
# class to count as shown.
MIN_LABELLED_SHARE = 0.5
MIN_CLASS_SHARE = 0.05


def draw_windows(
    dataset: WindowDataset,
    fraction: float,
    seed: int,
    every_class: bool = False,
    shares: np.ndarray | None = None,
) -> list[tuple[str, int, int]]:
    """Draws a share of the labelled windows, uniformly.

    Of one seed, a smaller share is part of a larger one.

    Args:
        dataset: With labels; its listed windows, else those of its grid, are drawn
            from if at least ``MIN_LABELLED_SHARE`` of one is labelled.
        fraction: Share in (0, 1] of these windows; at least one is drawn.
        seed: Of the draw.
        every_class: Begin with the first drawn window of each class that covers
            ``MIN_CLASS_SHARE`` of it, as someone with few windows to label would.
        shares: ``class_shares(dataset)``, for several draws.

    Returns:
        Scene, column and row of each, sorted; a scene is named by its path.

    Raises:
        ValueError: The fraction is out of range or no window is labelled.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f'The fraction must lie in (0, 1], got {fraction}')
    shares = class_shares(dataset) if shares is None else shares
    labelled = shares.sum(1) >= MIN_LABELLED_SHARE
    if not labelled.any():
        raise ValueError('No window of the data set has enough labelled pixels.')
    order = np.random.default_rng(seed).permutation(len(shares))
    order = order[labelled[order]]
    if every_class:
        shown = shares[order] >= MIN_CLASS_SHARE
        # Position of the first window of each class, of those that have one.
        first = np.unique(shown.argmax(0)[shown.any(0)])
        order = np.concatenate([order[first], np.delete(order, first)])
    return _named(dataset, order[: max(1, round(fraction * len(order)))])


def class_shares(dataset: WindowDataset) -> np.ndarray:
    """Share of each class in each listed or grid window, ``(windows, classes)``."""
    count = len(dataset.metainfo['classes'])
    shares = np.zeros((dataset.fixed_windows(), count), np.float32)
    for number in range(len(shares)):
        scene, window = dataset.fixed_window(number)
        label = dataset.label_paths[scene]
        raw, valid = read_on(dataset.label_grids[scene], label, window, nearest=True)
        labels, _ = decode_label(dataset.decoder, raw, valid, label)
        pixels = np.bincount(labels.ravel(), minlength=IGNORE)[:count]
        shares[number] = pixels / labels.size
    return shares


def draw_unlabelled(
    dataset: WindowDataset, fraction: float, seed: int
) -> list[tuple[str, int, int]]:
    """Draws a share of the listed or grid windows; as ``draw_windows``."""
    count = dataset.fixed_windows()
    order = np.random.default_rng(seed).permutation(count)
    return _named(dataset, order[: max(1, round(fraction * count))])


def _named(dataset: WindowDataset, numbers: np.ndarray) -> list[tuple[str, int, int]]:
    windows = [dataset.fixed_window(int(number)) for number in numbers]
    paths = [info.path for info in dataset.index.infos]
    return sorted((paths[scene], w.col, w.row) for scene, w in windows)


def write_windows(
    path: str, windows: list[tuple[str, int, int]], root: str, remark: str
) -> None:
    """Writes a windows file; scenes below ``root`` are named from there."""
    lines = [f'# {remark}']
    for scene, col, row in windows:
        name = os.path.relpath(scene, root or '.')
        if name.startswith('..'):
            name = os.path.abspath(scene)
        name = Path(name).as_posix()
        lines.append(f'{name}\t{col}\t{row}')
    write_text(path, '\n'.join(lines) + '\n')
