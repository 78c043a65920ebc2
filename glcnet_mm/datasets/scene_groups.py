"""Which rasters show one place, by their names or by their bounds."""

import re
from collections.abc import Sequence

import numpy as np

from ..errors import UserError
from ..rasters.alignment import (
    MAX_PIXEL_RATIO,
    full_turn,
    georeferenced,
    ground_bounds,
    pixel_size,
)
from ..rasters.raster_io import RasterInfo

TURNS = np.arange(-2, 3)


class Places:
    """Groups of rasters and, for a piece of ground, those that may show it.

    Args:
        infos: Headers of the rasters.
        place: Pattern with a group ``place``, searched in every path; rasters with
            equal texts are dates of one place, one without a match stands alone. When
            None, all rasters of one CRS are a group and their bounds decide.

    Raises:
        UserError: The pattern is wrong, a place mixes CRS or pixel sizes, or no two
            rasters show the same ground.
    """

    def __init__(self, infos: Sequence[RasterInfo], place: str | None) -> None:
        self.names = _by_crs(infos) if place is None else _by_pattern(infos, place)
        groups: dict[int | str, list[int]] = {}
        for number, name in enumerate(self.names):
            groups.setdefault(name, []).append(number)
        self.groups = {name: np.array(group) for name, group in groups.items()}
        self.bounds = np.array([ground_bounds(info) for info in infos])
        self.sizes = np.array([pixel_size(info) for info in infos])
        self.turns = np.array([full_turn(info.crs) for info in infos])
        if place is not None:
            self._check_groups(infos)
        if not any(
            len(self.near(number, bounds)) for number, bounds in enumerate(self.bounds)
        ):
            how = 'by their bounds' if place is None else f'named alike by {place!r}'
            raise UserError(
                f'No two of {len(infos)} rasters, the first is {infos[0].path}, show '
                f'the same ground, {how}; correct place, add a second date or use '
                f'WindowDataset.'
            )

    def near(self, number: int, bounds: np.ndarray) -> np.ndarray:
        """Other rasters of the place of ``number`` whose bounds meet ``bounds``."""
        group = self.groups[self.names[number]]
        left, bottom, right, top = self.bounds[group].T
        ratio = self.sizes[group] / self.sizes[number]
        turn = self.turns[number]
        # The same ground may be given a turn to the west or to the east.
        starts, ends = (bounds[side] + turn * TURNS[:, None] for side in (0, 2))
        meets = ((left < ends) & (right > starts)).any(0)
        meets &= (bottom < bounds[3]) & (top > bounds[1]) & (group != number)
        meets &= (ratio <= MAX_PIXEL_RATIO) & (ratio >= 1 / MAX_PIXEL_RATIO)
        return group[meets]

    def _check_groups(self, infos: Sequence[RasterInfo]) -> None:
        for group in self.groups.values():
            first = infos[group[0]]
            for number in group[1:]:
                _check_pair(first, infos[number])
            small, large = (group[f(self.sizes[group])] for f in (np.argmin, np.argmax))
            if self.sizes[large] > MAX_PIXEL_RATIO * self.sizes[small]:
                raise UserError(
                    f'{infos[large].path} has pixels of {self.sizes[large]:g} but '
                    f'{infos[small].path}, of the same place, of '
                    f'{self.sizes[small]:g}; resample one of them, for dates may '
                    f'differ by a factor of {MAX_PIXEL_RATIO:g}.'
                )


def _by_pattern(infos: Sequence[RasterInfo], place: str) -> list[int | str]:
    try:
        pattern = re.compile(place)
    except re.error as error:
        raise UserError(
            f'place={place!r} is no regular expression ({error}); correct it.'
        ) from error
    if 'place' not in pattern.groupindex:
        raise UserError(
            f'place={place!r} has no group of that name; put (?P<place>...) around the '
            f'part of a path that names the place.'
        )
    found = (pattern.search(info.path) for info in infos)
    # A number cannot equal a name, so a raster without a match stays alone.
    return [m['place'] if m else number for number, m in enumerate(found)]


def _by_crs(infos: Sequence[RasterInfo]) -> list[int | str]:
    """One name per CRS; a raster that does not say where it lies stands alone."""
    return [
        number if not georeferenced(info) else info.crs.to_wkt() if info.crs else ''
        for number, info in enumerate(infos)
    ]


def _check_pair(first: RasterInfo, second: RasterInfo) -> None:
    if first.crs != second.crs:
        known = [
            info.crs.to_string() if info.crs else 'none' for info in (first, second)
        ]
        raise UserError(
            f'{first.path} and {second.path} show one place but have different CRS, '
            f'{known[0]} and {known[1]}; reproject one of them to the other, for '
            f'example with gdalwarp -t_srs.'
        )
    if georeferenced(first) and georeferenced(second):
        return
    sizes = [f'{info.width}x{info.height}' for info in (first, second)]
    if georeferenced(first) != georeferenced(second) or sizes[0] != sizes[1]:
        raise UserError(
            f'{first.path} ({sizes[0]} px) and {second.path} ({sizes[1]} px) show one '
            f'place but do not both have a geotransform; without one, dates need the '
            f'same pixel grid, so georeference them.'
        )
