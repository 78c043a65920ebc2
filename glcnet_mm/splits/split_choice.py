"""Which windows of a data set are in each fraction or part."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..datasets.windows import WindowDataset
from ..errors import UserError
from .division import split_by_block, split_by_scene
from .label_fractions import draw_numbers, window_scenes

# Side of a block in windows, where none is given.
BLOCK_WINDOWS = 4


class Choice(NamedTuple):
    """How windows are chosen.

    Attributes:
        by: ``window``, ``scene`` or ``block``.
        seed: Of all that is random.
        stratified: Keep the shares of the classes.
        every_class: Begin a draw with windows that show each class.
        block: Side of a block in pixels; four windows when None.
    """

    by: str
    seed: int = 0
    stratified: bool = False
    every_class: bool = False
    block: int | None = None


def choose_fractions(
    dataset: WindowDataset,
    shares: np.ndarray | None,
    fractions: Sequence[float],
    choice: Choice,
) -> dict[str, np.ndarray]:
    """Numbers of the windows of each fraction; a small one is part of a larger one.

    Args:
        dataset: Of the windows.
        shares: Of ``class_shares``; None without labels.
        fractions: Of the labelled windows.
        choice: How.
    """
    if choice.by == 'block' or choice.block:
        raise UserError('Blocks are for --split; draw by window or scene.')
    if shares is None:
        raise UserError(
            f'The training data, the first raster is {dataset.index.infos[0].path}, '
            f'have no labels, so no share of them can be drawn; set labels.'
        )
    units = window_scenes(dataset) if choice.by == 'scene' else None
    order = (choice.seed, choice.every_class, choice.stratified, units)
    return {
        f'{100 * fraction:g}pct_seed{choice.seed}': draw_numbers(
            shares, fraction, *order
        )
        for fraction in fractions
    }


def choose_parts(
    dataset: WindowDataset,
    shares: np.ndarray | None,
    parts: Mapping[str, float],
    choice: Choice,
) -> dict[str, np.ndarray]:
    """Numbers of the windows of each part; those without a label are in none.

    Args:
        dataset: See ``choose_fractions``.
        shares: See ``choose_fractions``.
        parts: Name and share of each.
        choice: How.
    """
    _check_parts(shares, choice)
    places = [dataset.fixed_window(n) for n in range(dataset.fixed_windows())]
    used = np.arange(len(places)) if shares is None else np.flatnonzero(shares.any(1))
    if not len(used):
        raise UserError('No window of the training data has a labelled pixel.')
    infos, scenes = dataset.index.infos, np.array([places[n][0] for n in used])
    amounts = np.ones((len(used), 1))
    if choice.stratified and shares is not None:
        amounts = np.concatenate([amounts, shares[used]], 1)
    common = (amounts, parts, choice.seed)
    if choice.by == 'scene':
        # Ground grids are rounded up, so that neighbours would seem to overlap.
        found = split_by_scene(dataset.sources, scenes, *common)
    else:
        windows = np.array([places[n][1] for n in used])
        side = choice.block or BLOCK_WINDOWS * dataset.index.window
        found = split_by_block(infos, scenes, windows, *common, side)
    chosen = {name: used[found == number] for number, name in enumerate(parts)}
    for name, numbers in chosen.items():
        if not len(numbers):
            raise UserError(
                f'The part {name} has no window: every one straddles blocks of '
                f'different parts; choose larger blocks or another seed.'
            )
    return chosen


def _check_parts(shares: np.ndarray | None, choice: Choice) -> None:
    for wrong, message in (
        (
            choice.by == 'window',
            '--by window is for --fraction; windows of one scene '
            'would be neighbours in different parts: use scene or block.',
        ),
        (choice.every_class, '--every-class is for --fraction; use --stratified.'),
        (choice.by == 'scene' and choice.block, '--block needs --by block.'),
        (choice.stratified and shares is None, '--stratified needs labels.'),
    ):
        if wrong:
            raise UserError(message)
