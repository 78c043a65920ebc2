"""Rasters, and data sets, of which no pixel is valid."""

from typing import TYPE_CHECKING

import numpy as np

from ..errors import UserError
from ..rasters.raster_io import RasterInfo, Window, read_window
from ..rasters.resample import read_on
from ..rasters.validity import BandChoice
from ..rasters.validity_text import validity_text

if TYPE_CHECKING:
    from .windows import WindowDataset


def may_be_empty(info: RasterInfo, choice: BandChoice) -> bool:
    """Whether anything could make all pixels of a raster invalid."""
    left_out = {*info.alpha} - {*choice.numbers(info.bands)}
    return bool(info.masked or choice.mask_band or left_out)


def check_has_data(info: RasterInfo, choice: BandChoice) -> None:
    """Refuses a raster without a valid pixel."""
    side = 64
    for share in (0.5, 0.25, 0.75):
        col, row = (int(share * n) - side // 2 for n in (info.width, info.height))
        place = Window(col, row, side, side)
        if read_window(info.path, place, choice)[1].any():
            return
    lines = max(1, 2**24 // info.width)
    for row in range(0, info.height, lines):
        place = Window(0, row, info.width, lines)
        if read_window(info.path, place, choice)[1].any():
            return
    raise UserError(
        f'{info.path} has no valid pixel: {validity_text(info.path, choice)}; remove '
        f'it from the data set or correct what says so.'
    )


def check_any_valid(dataset: 'WindowDataset') -> None:
    """Refuses a data set of which no window holds a valid pixel.

    Raises:
        UserError: It is so; every listed window, or the grid, was read.
    """
    order = np.random.default_rng(0).permutation(dataset.fixed_windows())
    for number in order.tolist():
        scene, window = dataset.fixed_window(number)
        path = dataset.index.infos[scene].path
        if read_on(dataset.grids[scene], path, window, dataset.choice)[1].any():
            return
    path = dataset.sources[0].path
    raise UserError(
        f'No pixel of the data set is valid, in none of its {len(order)} windows; '
        f'the first raster is {path}, where validity follows from '
        f'{validity_text(path, dataset.choice)}. Check that, the windows file and, '
        f'with gsd, the georeference.'
    )
