"""What label rasters hold: numbers or colours, and how many pixels of each."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..rasters.raster_io import (
    RasterInfo,
    Window,
    colour_table,
    label_nodata,
    raster_info,
    read_window,
)
from ..rasters.validity import LABEL

READ_PIXELS = 1 << 22
MAX_CLASSES = 64
# Rarer colours are soft edges of drawings or traces of JPEG.
RARE = 1e-4
Value = int | tuple[int, int, int]


class LabelValues(NamedTuple):
    """What the labels hold.

    Attributes:
        by_colour: Whether values are colours, else numbers.
        counts: Pixels of every value in each label.
        palette: Colours of the numbers, where all labels have the same.
        nodata: Values that the files declare to mean no data.
    """

    by_colour: bool
    counts: list[Counter]
    palette: dict[Value, tuple[int, int, int]]
    nodata: set[int]

    def total(self) -> Counter:
        """Pixels of every value in all labels."""
        return sum(self.counts, Counter())


def survey_values(paths: Sequence[str]) -> LabelValues:
    """Reads all labels.

    Raises:
        UserError: They hold too many values for classes, or neither numbers nor
            colours.
    """
    tables = [colour_table(path) for path in paths]
    counts = [_count(raster_info(path)) for path in paths]
    painted = [any(not _is_grey(v) for v in count) for count in counts]
    same = all(table == tables[0] for table in tables)
    if any(painted) or not same:
        pairs = zip(counts, tables, strict=True)
        found = [_as_colours(count, table) for count, table in pairs]
        values = LabelValues(True, _without_rare(found), {}, set())
    else:
        found = [Counter({_as_id(v): n for v, n in c.items()}) for c in counts]
        table = tables[0] or {}
        colours: dict[Value, tuple] = {v: tuple(c[:3]) for v, c in table.items()}
        nodata = {int(v) for p in paths for v in label_nodata(p) if v is not None}
        values = LabelValues(False, found, colours, nodata)
    _check_number(values, paths[0])
    return values


def _count(info: RasterInfo) -> Counter:
    found: Counter = Counter()
    lines = max(1, READ_PIXELS // info.width)
    for row in range(0, info.height, lines):
        window = Window(0, row, info.width, min(lines, info.height - row))
        raw, valid = read_window(info.path, window, LABEL)
        found.update(_counted(raw[valid], info.path))
    return found


def _counted(pixels: np.ndarray, path: str) -> dict[Value, int]:
    """Counts of the values of ``(N, C)`` pixels."""
    if pixels.shape[1] >= 3:
        wide = pixels[:, :3].astype(np.int64)
        codes, counts = np.unique(wide @ (65536, 256, 1), return_counts=True)
        codes = [(c >> 16, c >> 8 & 255, c & 255) for c in codes.tolist()]
        return dict(zip(codes, counts.tolist(), strict=True))
    values, counts = np.unique(pixels[:, 0], return_counts=True)
    if (values != np.rint(values)).any():
        raise UserError(
            f'{path} holds {values[values != np.rint(values)][0]:g}, and classes are '
            f'whole numbers; is it an image? Name the labels by --labels.'
        )
    return dict(zip(values.astype(int).tolist(), counts.tolist(), strict=True))


def _is_grey(value: Value) -> bool:
    return isinstance(value, int) or len(set(value)) == 1


def _as_id(value: Value) -> int:
    return value if isinstance(value, int) else value[0]


def _as_colours(count: Counter, table: dict | None) -> Counter:
    found: Counter = Counter()
    for value, pixels in count.items():
        if isinstance(value, int):
            value = tuple((table or {}).get(value, (value,) * 3)[:3])
        found[value] += pixels
    return found


def _without_rare(counts: Sequence[Counter]) -> list[Counter]:
    total = sum(counts, Counter())
    least = RARE * total.total()
    return [Counter({v: n for v, n in c.items() if total[v] >= least}) for c in counts]


def _check_number(values: LabelValues, path: str) -> None:
    count = len(values.total())
    if count > MAX_CLASSES:
        what = 'colours' if values.by_colour else 'values'
        raise UserError(
            f'{path} and the other labels hold {count} {what}, too many for classes; '
            f'are they images? Name the labels alone by --labels.'
        )
    if not count:
        raise UserError(f'{path} and the other labels hold no pixel with a value.')
