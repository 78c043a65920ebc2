"""Training, validation and test windows that share no ground."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import UserError
from ..rasters.alignment import pixel_size
from ..rasters.raster_io import RasterInfo
from ..wording import counted
from .overlap import SLACK_PX, ground_groups, window_bounds
from .stratify import divide

LEFT_OUT = -1


def split_by_scene(
    infos: Sequence[RasterInfo],
    scenes: np.ndarray,
    amounts: np.ndarray,
    shares: Mapping[str, float],
    seed: int,
) -> np.ndarray:
    """Gives whole scenes to the parts; scenes that overlap stay together.

    Args:
        infos: Of the scenes.
        scenes: Scene of each window.
        amounts: ``(windows, kinds)``, see ``divide``.
        shares: Name and share of each part.
        seed: Of the division.

    Returns:
        Number of the part of each window, ``LEFT_OUT`` for those of no part.

    Raises:
        UserError: The shares are wrong or there are too few scenes.
    """
    _check_shares(shares)
    groups, units = np.unique(ground_groups(infos)[scenes], return_inverse=True)
    if len(groups) < len(shares):
        raise UserError(
            f'{len(np.unique(scenes))} scenes, the first is {infos[scenes[0]].path}, '
            f'make {len(groups)} groups that share no ground, too few for '
            f'{len(shares)} parts; split within them by --by block.'
        )
    sums = _sums(units, amounts, len(groups))
    return _named_only(divide(sums, _values(shares), seed)[units], shares)


def split_by_block(
    infos: Sequence[RasterInfo],
    scenes: np.ndarray,
    windows: np.ndarray,
    amounts: np.ndarray,
    shares: Mapping[str, float],
    seed: int,
    block: int,
) -> np.ndarray:
    """Gives square blocks of the ground to the parts, and leaves out what straddles.

    A window belongs to a part if all blocks that it touches do. So no two parts share a
    pixel, whatever the stride, nor a piece of ground that several scenes show.

    Args:
        infos: Of the scenes.
        scenes: Scene of each window.
        windows: ``(N, 4)`` column, row, width and height.
        amounts: See ``split_by_scene``.
        shares: See ``split_by_scene``.
        seed: See ``split_by_scene``.
        block: Side of a block in pixels; where scenes overlap, of the coarsest.

    Returns:
        As ``split_by_scene``.
    """
    _check_shares(shares)
    if block < 1:
        raise UserError(f'Blocks need at least 1 px, got {block}.')
    cells = _touched_cells(infos, scenes, windows, block)
    blocks, numbers = np.unique(cells.reshape(-1, 3), axis=0, return_inverse=True)
    touched = numbers.reshape(cells.shape[:2])
    home = touched[:, 0]
    sums = _sums(home, amounts, len(blocks))
    filled = np.flatnonzero(np.bincount(home, minlength=len(blocks)))
    if len(filled) < len(shares):
        raise UserError(
            f'All windows lie in {counted(len(filled), "block")} of {block} px, too '
            f'few for {len(shares)} parts; choose smaller blocks.'
        )
    part = np.zeros(len(blocks), int)
    part[filled] = divide(sums[filled], _values(shares), seed)
    _join_reached(part, filled, touched)
    agree = (part[touched] == part[home, None]).all(1)
    return _named_only(np.where(agree, part[home], LEFT_OUT), shares)


def _touched_cells(
    infos: Sequence[RasterInfo],
    scenes: np.ndarray,
    windows: np.ndarray,
    block: int,
) -> np.ndarray:
    """Cells ``(N, K, 3)`` of the blocks each window touches: group, x and y.

    The first of them holds the middle of the window; some are named several times.
    """
    groups, limits = ground_groups(infos), np.empty((len(scenes), 4))
    references = {
        group: _coarsest(infos, np.flatnonzero(groups == group))
        for group in np.unique(groups[scenes])
    }
    for scene in np.unique(scenes):
        own, reference = scenes == scene, references[groups[scene]]
        corner = window_bounds(reference, np.zeros((1, 4)), reference)[0]
        limits[own] = window_bounds(infos[scene], windows[own], reference) - corner
    low, high = limits[:, ::2], limits[:, 1::2]
    slack = SLACK_PX / block
    first = np.floor(low / block + slack).astype(int)
    last = np.maximum(np.ceil(high / block - slack).astype(int) - 1, first)
    cells = [np.floor((low + high) / 2 / block).astype(int).clip(first, last)]
    for x, y in np.ndindex(*((last - first).max(0) + 1)):
        cells.append(np.minimum(first + (x, y), last))
    group = np.broadcast_to(groups[scenes], (len(cells), len(scenes)))
    return np.concatenate([group[..., None], np.stack(cells)], 2).swapaxes(0, 1)


def _coarsest(infos: Sequence[RasterInfo], group: np.ndarray) -> RasterInfo:
    """The scene with the largest pixels of those in the CRS of the group's first."""
    scenes = [infos[number] for number in group]
    return max((s for s in scenes if s.crs == scenes[0].crs), key=pixel_size)


def _join_reached(part: np.ndarray, filled: np.ndarray, touched: np.ndarray) -> None:
    """Gives blocks that windows only reach into to the part of most of these."""
    votes = np.zeros((len(part), part.max() + 1), int)
    np.add.at(votes, (touched, part[touched[:, :1]]), 1)
    reached = np.setdiff1d(np.arange(len(part)), filled)
    part[reached] = votes[reached].argmax(1)


def _sums(units: np.ndarray, amounts: np.ndarray, count: int) -> np.ndarray:
    """Amounts ``(count, kinds)`` of the units that the windows belong to."""
    sums = np.zeros((count, amounts.shape[1]))
    np.add.at(sums, units, amounts)
    return sums


def _named_only(parts: np.ndarray, shares: Mapping[str, float]) -> np.ndarray:
    """What the shares leave of 1 belongs to no part."""
    return np.where(parts < len(shares), parts, LEFT_OUT)


def _values(shares: Mapping[str, float]) -> np.ndarray:
    return np.array(list(shares.values()), float)


def _check_shares(shares: Mapping[str, float]) -> None:
    for name, share in shares.items():
        if not share > 0:
            raise UserError(f'The share of {name} must be positive, got {share}.')
    if sum(shares.values()) > 1 + 1e-6:
        raise UserError(
            f'The shares of {", ".join(shares)} sum to {sum(shares.values()):g}; they '
            f'may not exceed 1.'
        )
