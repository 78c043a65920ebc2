"""From what labels hold, and a class list, to classes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..datasets.class_lists import ListedClass
from ..datasets.labels import IGNORE
from ..errors import UserError
from .label_values import LabelValues, Value

BLACK = (0, 0, 0)


@dataclass
class ClassTable:
    """Classes, the values that mean them, and the values that mean none.

    Attributes:
        names: In the order of the class numbers.
        values: One per class: a number or a colour.
        ignored: Values that mean no class.
        palette: One colour per class, or empty.
        by_colour: Whether values are colours.
        notes: What was assumed, in sentences.
    """

    names: list[str]
    values: list[Value]
    ignored: list[Value]
    palette: list[tuple[int, int, int]]
    by_colour: bool
    notes: list[str] = field(default_factory=list)

    def settings(self, files: Sequence[str]) -> dict:
        """As a ``WindowDataset`` takes them, with the files of the labels."""
        palette = dict(palette=self.palette) if self.palette else {}
        if self.by_colour:
            meaning: dict = dict(colours=self.values, ignored_colours=self.ignored)
        else:
            ids: dict = {value: number for number, value in enumerate(self.values)}
            meaning = dict(ids=ids | {value: 'ignore' for value in self.ignored})
        labels = dict(files=list(files), **meaning)
        return dict(labels=labels, classes=self.names, **palette)

    def amounts(self, values: LabelValues) -> np.ndarray:
        """Pixels ``(labels, classes)``."""
        return np.array([[c[v] for v in self.values] for c in values.counts], float)


def class_table(values: LabelValues, listed: Sequence[ListedClass]) -> ClassTable:
    """The classes of labels.

    Args:
        values: What the labels hold.
        listed: Of a class list; empty without one.

    Raises:
        UserError: Fewer than two classes, or a list without ids that fits no values.
    """
    table = (_by_list(values, listed) if listed else None) or _by_values(values)
    if listed and not any(c.name in table.names for c in listed):
        table.notes.append(
            'The class list has colours or ids that no label shows, so it was left '
            'aside; correct it, or the names in data.py.'
        )
    if len(table.names) < 2:
        raise UserError(
            f'The labels show one class only ({table.names}, value {table.values}); a '
            f'segmentation needs two, so label what is not {table.names[0]} as well.'
        )
    if table.ignored:
        table.notes.append(
            f'Ignored as no class: {", ".join(map(str, table.ignored))}.'
        )
    return table


def _by_values(values: LabelValues) -> ClassTable:
    """Classes that are called after their values."""
    found = sorted(values.total())
    ignored = [v for v in found if _means_none(v, values, found)]
    kept = [v for v in found if v not in ignored]
    if values.by_colour:
        names = ['#{:02x}{:02x}{:02x}'.format(*colour) for colour in kept]
        palette = kept
    else:
        names = [f'class {value}' for value in kept]
        palette = [values.palette[v] for v in kept if v in values.palette]
    note = 'Classes are called after their values; name them in data.py.'
    # One colour for all is a table that nobody filled.
    filled = len(palette) == len(kept) and len(set(palette)) > 1
    palette = palette if filled else []
    return ClassTable(names, kept, ignored, palette, values.by_colour, [note])


def _means_none(value: Value, values: LabelValues, found: Sequence[Value]) -> bool:
    """Whether a value that nobody explains stands for no class."""
    if isinstance(value, tuple):
        return value == BLACK and len(found) > 2
    if value < 0 or value in values.nodata and value not in (0, 1):
        return True
    if value == IGNORE:
        return found != [0, IGNORE]
    if value != 0:
        return False
    others = [v for v in found if isinstance(v, int) and 0 < v < IGNORE]
    # Of ids such as 10, 30, 50, or of a palette that paints it black.
    sparse = bool(others) and min(others) > 1
    black = values.palette.get(0) == BLACK and len(set(values.palette.values())) > 1
    return len(others) > 1 and (sparse or black or 0 in values.nodata)


def _by_list(values: LabelValues, listed: Sequence[ListedClass]) -> ClassTable | None:
    """Classes of the list, None where none of them is in the labels."""
    total = values.total()
    pairs: Sequence[tuple[ListedClass, Value]]
    if values.by_colour:
        pairs = [(c, c.colour) for c in listed if c.colour is not None]
    else:
        pairs = _with_ids(values, listed)
    classes = [(c, v) for c, v in pairs if not c.ignored]
    if sum(v in total for _, v in classes) < 2:
        return None
    ignored = [v for c, v in pairs if c.ignored]
    taken = {v for _, v in pairs}
    ignored += [v for v in sorted(total) if v not in taken]
    colours = [c.colour or values.palette.get(v) for c, v in classes]
    palette = [colour for colour in colours if colour is not None]
    table = ClassTable(
        [c.name for c, _ in classes],
        [v for _, v in classes],
        ignored,
        palette if len(palette) == len(classes) else [],
        values.by_colour,
    )
    absent = [c.name for c, v in classes if v not in total]
    if absent:
        table.notes.append(f'No label pixel is {", ".join(absent)}, which are listed.')
    return table


def _with_ids(
    values: LabelValues, listed: Sequence[ListedClass]
) -> Sequence[tuple[ListedClass, Value]]:
    numbered = [(c, c.id) for c in listed if c.id is not None]
    if len(numbered) == len(listed):
        return numbered
    by_colour = {colour: number for number, colour in values.palette.items()}
    painted = [(c, by_colour[c.colour]) for c in listed if c.colour in by_colour]
    if len(painted) == len(listed):
        return painted
    found = sorted(v for v in values.total() if v >= 0)
    if set(found) - {IGNORE} <= set(range(len(listed))):
        return list(zip(listed, range(len(listed)), strict=True))
    plain = _by_values(values).values
    for kept in (plain, found):
        if len(kept) == len(listed):
            return list(zip(listed, kept, strict=True))
    raise UserError(
        f'The class list has {len(listed)} names but the labels hold {found}; write '
        f'the number of each class before its name.'
    )
