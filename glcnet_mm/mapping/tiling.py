"""How a scene is cut into the pieces that a map is made, kept and shared out by."""

import math
from collections.abc import Container
from typing import NamedTuple

from ..errors import UserError
from ..rasters.raster_io import Window
from .window_plan import Axis, whole_axis

PIECE_LINES = 512
# Of the sums of logits and of three rows of pixels: in use, read ahead, in transit.
STRIP_BYTES = 2**28
Part = tuple[int, int]


class Piece(NamedTuple):
    """A rectangle of the map; its border lies on starts of windows."""

    name: str
    window: Window


class Stretch(NamedTuple):
    """Pieces below each other that are mapped in one go."""

    rows: Axis
    columns: Axis
    pieces: list[Piece]

    @property
    def windows(self) -> int:
        """How many windows the model sees."""
        return len(self.rows.starts) * len(self.columns.starts)


class Plan:
    """Windows and pieces of a scene.

    Both depend on the scene and the windows only, never on what of it is mapped, so
    that pieces made by different calls fit together. Wide scenes are cut into strips
    of columns too, which bounds the memory.

    Args:
        height_px: Of the scene.
        width_px: Of the scene.
        window_px: Side of the windows.
        overlap_px: Least overlap of neighbours.
        num_classes: K.
        pixel_bytes: Of all bands that are read.
    """

    def __init__(
        self,
        height_px: int,
        width_px: int,
        window_px: int,
        overlap_px: int,
        num_classes: int,
        pixel_bytes: int,
    ) -> None:
        self.window_px, self.overlap_px = window_px, overlap_px
        self.rows = whole_axis(height_px, window_px, overlap_px)
        self.columns = whole_axis(width_px, window_px, overlap_px)
        self._row_cuts = _cuts_by_size(self.rows.starts)
        column_bytes = window_px * (4 * num_classes + 3 * pixel_bytes)
        strips = math.ceil(width_px * column_bytes / STRIP_BYTES)
        self._column_cuts = _even_cuts(len(self.columns.starts), strips)

    def bands(self, part: Part = (1, 1)) -> list[list[Piece]]:
        """Pieces beside each other, band by band from the top.

        Args:
            part: Number of a part, from 1, and of all parts, which share the bands.
        """
        number, parts = part
        count = len(self._row_cuts) - 1
        mine = range((number - 1) * count // parts, number * count // parts)
        columns = range(len(self._column_cuts) - 1)
        return [[self._piece(i, j) for j in columns] for i in mine]

    def stretches(self, names: Container[str]) -> list[Stretch]:
        """The named pieces, put together where one lies below the other."""
        found = []
        for j in range(len(self._column_cuts) - 1):
            columns = self.columns.part(*self._column_cuts[j : j + 2])
            pieces = [self._piece(i, j) for i in range(len(self._row_cuts) - 1)]
            wanted = [i for i, piece in enumerate(pieces) if piece.name in names]
            for run in _runs(wanted):
                first, stop = self._row_cuts[run[0]], self._row_cuts[run[-1] + 1]
                rows = self.rows.part(first, stop)
                found.append(Stretch(rows, columns, [pieces[i] for i in run]))
        return found

    def _piece(self, row: int, column: int) -> Piece:
        top, bottom = _edges(self.rows, self._row_cuts[row : row + 2])
        left, right = _edges(self.columns, self._column_cuts[column : column + 2])
        return Piece(f'{row}_{column}', Window(left, top, right - left, bottom - top))


def parse_part(text: str) -> Part:
    """``2/5`` as numbers.

    Raises:
        UserError: It is not of that form.
    """
    number, slash, parts = text.partition('/')
    if not (slash and number.isdigit() and parts.isdigit()) or not (
        1 <= int(number) <= int(parts)
    ):
        raise UserError(f'A part is written as 1/3, 2/3 or 3/3, got "{text}".')
    return int(number), int(parts)


def _edges(axis: Axis, cuts: list[int]) -> list[int]:
    """Pixels at which the windows of these numbers start; the end of the axis else."""
    starts = [*axis.starts, axis.stop]
    return [starts[cut] for cut in cuts]


def _cuts_by_size(starts: list[int]) -> list[int]:
    """Numbers of the windows that pieces of at least ``PIECE_LINES`` begin with."""
    cuts = [0]
    for i, start in enumerate(starts):
        if start - starts[cuts[-1]] >= PIECE_LINES:
            cuts.append(i)
    return [*cuts, len(starts)]


def _even_cuts(count: int, parts: int) -> list[int]:
    parts = max(1, min(parts, count // 4))
    return [i * count // parts for i in range(parts + 1)]


def _runs(numbers: list[int]) -> list[list[int]]:
    """Consecutive numbers put together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
