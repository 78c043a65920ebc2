"""Rasters of which no pixel is valid."""

from ..errors import UserError
from ..rasters.raster_io import RasterInfo, Window, read_window
from ..rasters.validity import BandChoice
from ..rasters.validity_text import validity_text


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
