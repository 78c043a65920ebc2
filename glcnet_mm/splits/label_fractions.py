"""Label fractions as files: which windows of a grid may be learnt from."""

import os
from pathlib import Path

import numpy as np

from ..datasets.labels import IGNORE
from ..datasets.transforms.loading import decode_label, read_label
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..files import write_text
from .stratify import balanced_order

# Of a window's pixels: labelled ones for it to be drawn, and those of a class for the
# class to count as shown.
MIN_LABELLED_SHARE = 0.5
MIN_CLASS_SHARE = 0.05
NamedWindow = tuple[str, int, int]


def draw_windows(
    dataset: WindowDataset,
    fraction: float,
    seed: int,
    every_class: bool = False,
    shares: np.ndarray | None = None,
) -> list[NamedWindow]:
    """Draws a share of the labelled windows, uniformly; see ``draw_numbers``.

    Args:
        dataset: With labels; its listed windows, else those of its grid, are drawn
            from.
        fraction: Share in (0, 1] of these windows; at least one is drawn.
        seed: Of the draw.
        every_class: Begin with windows that show each class.
        shares: ``class_shares(dataset)``, for several draws.

    Returns:
        Scene, column and row of each, sorted; a scene is named by its path.
    """
    shares = class_shares(dataset) if shares is None else shares
    return name_windows(dataset, draw_numbers(shares, fraction, seed, every_class))


def draw_numbers(
    shares: np.ndarray,
    fraction: float,
    seed: int,
    every_class: bool = False,
    stratified: bool = False,
    units: np.ndarray | None = None,
) -> np.ndarray:
    """Numbers of the windows of a draw.

    Of one seed, a smaller share is part of a larger one.

    Args:
        shares: Of ``class_shares``; a window may be drawn if at least
            ``MIN_LABELLED_SHARE`` of it is labelled.
        fraction: Share in (0, 1] of these windows; at least one is drawn.
        seed: Of the draw.
        every_class: Begin with the first drawn window of each class that covers
            ``MIN_CLASS_SHARE`` of it, as someone with few windows to label would.
        stratified: Keep the shares of the classes, see ``balanced_order``.
        units: Unit of each window, e.g. its scene; units are drawn whole, until their
            windows are nearest to the share.

    Raises:
        UserError: The fraction is out of range or no window is labelled.
    """
    if not 0 < fraction <= 1:
        raise UserError(f'The fraction must lie in (0, 1], got {fraction}')
    labelled = shares.sum(1) >= MIN_LABELLED_SHARE
    if not labelled.any():
        raise UserError('No window of the data set has enough labelled pixels.')
    units = np.arange(len(shares)) if units is None else units
    counts = np.bincount(units[labelled], minlength=units.max() + 1)
    amounts = np.zeros((len(counts), shares.shape[1]))
    np.add.at(amounts, units[labelled], shares[labelled])
    order = _draw_order(amounts, counts, seed, every_class, stratified)
    ends = counts[order].cumsum()
    wanted = max(1, round(fraction * ends[-1]))
    taken = order[: 1 + np.abs(ends - wanted).argmin()]
    return np.flatnonzero(np.isin(units, taken) & labelled)


def _draw_order(
    amounts: np.ndarray,
    counts: np.ndarray,
    seed: int,
    every_class: bool,
    stratified: bool,
) -> np.ndarray:
    """Units in the order they are taken.

    Args:
        amounts: ``(units, classes)``, in windows.
        counts: Labelled windows of each unit; those without are left out.
        seed: Of the draw.
        every_class: See ``draw_numbers``.
        stratified: See ``draw_numbers``.
    """
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[counts[order] > 0]
    if stratified:
        order = balanced_order(amounts, order)
    if every_class:
        shown = amounts[order] >= MIN_CLASS_SHARE * counts[order][:, None]
        # Position of the first unit of each class, of those that have one.
        first = np.unique(shown.argmax(0)[shown.any(0)])
        order = np.concatenate([order[first], np.delete(order, first)])
    return order


def class_shares(dataset: WindowDataset) -> np.ndarray:
    """Share of each class in each listed or grid window, ``(windows, classes)``."""
    paths = dataset.label_paths
    assert paths is not None  # who asks has looked
    count = len(dataset.metainfo['classes'])
    shares = np.zeros((dataset.fixed_windows(), count), np.float32)
    for number in range(len(shares)):
        scene, window = dataset.fixed_window(number)
        label = paths[scene]
        grid = dataset.label_grids[scene]
        raw, valid = read_label(label, dataset.decoder, window, grid)
        labels, _ = decode_label(dataset.decoder, raw, valid, label)
        pixels = np.bincount(labels.ravel(), minlength=IGNORE)[:count]
        shares[number] = pixels / labels.size
    return shares


def window_scenes(dataset: WindowDataset) -> np.ndarray:
    """Number of the scene of each listed or grid window."""
    count = dataset.fixed_windows()
    return np.array([dataset.fixed_window(number)[0] for number in range(count)])


def draw_unlabelled(
    dataset: WindowDataset, fraction: float, seed: int
) -> list[NamedWindow]:
    """Draws a share of the listed or grid windows; as ``draw_windows``."""
    count = dataset.fixed_windows()
    order = np.random.default_rng(seed).permutation(count)
    return name_windows(dataset, order[: max(1, round(fraction * count))])


def name_windows(dataset: WindowDataset, numbers: np.ndarray) -> list[NamedWindow]:
    """Path of the scene, column and row of windows, sorted."""
    windows = [dataset.fixed_window(int(number)) for number in numbers]
    paths = [info.path for info in dataset.index.infos]
    return sorted((paths[scene], w.col, w.row) for scene, w in windows)


def write_windows(
    path: str, windows: list[NamedWindow], root: str, remark: str
) -> None:
    """Writes a windows file; scenes below ``root`` are named from there."""
    write_text(path, windows_text(windows, root, remark))


def windows_text(windows: list[NamedWindow], root: str, remark: str) -> str:
    """What ``write_windows`` writes."""
    lines = [f'# {remark}']
    for scene, col, row in windows:
        name = os.path.relpath(scene, root or '.')
        if name.startswith('..'):
            name = os.path.abspath(scene)
        name = Path(name).as_posix()
        lines.append(f'{name}\t{col}\t{row}')
    return '\n'.join(lines) + '\n'
