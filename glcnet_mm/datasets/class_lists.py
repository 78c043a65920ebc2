"""Class lists as people keep them: names, numbers, colours, in any order."""

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import MissingFileError, UserError
from ..reading import read_text

NAMES = re.compile(
    r'(class|classes|class_?list|class_?dict|legend|labels?|codes)'
    r'(_?names)?\.(csv|txt|tsv)',
    re.IGNORECASE,
)
IGNORED = {'ignore', 'ignored', 'void', 'undefined', 'nodata', 'no data'}
HEADER = {
    'id',
    'name',
    'class',
    'value',
    'label',
    'r',
    'g',
    'b',
    'red',
    'green',
    'blue',
}
HEX = re.compile(r'#([0-9a-fA-F]{6})')
Colour = tuple[int, int, int]


class ListedClass(NamedTuple):
    """A line of a class list."""

    name: str
    id: int | None
    colour: Colour | None

    @property
    def ignored(self) -> bool:
        """Whether it means that there is no class."""
        return self.name.lower() in IGNORED


def find_class_list(folders: Sequence[str]) -> str | None:
    """The first file in these folders that is called like a class list."""
    for folder in folders:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        for name in names:
            if NAMES.fullmatch(name):
                return os.path.join(folder, name)
    return None


def read_class_list(path: str) -> list[ListedClass]:
    """Classes of a text or CSV file, one a line.

    A line has a name and, in any order, a number (its id), three numbers or #RRGGBB
    (its colour), or both, separated by commas, semicolons, tabs or blanks.

    A first line of column names is left out.

    Raises:
        MissingFileError: There is no such file.
        UserError: A line has another form, or a number stands twice.
    """
    if not os.path.isfile(path):
        raise MissingFileError(
            f'{path}, the list of classes, does not exist; write one class per line '
            f'below the header name,r,g,b or id,name.'
        )
    lines = [line.strip() for line in read_text(Path(path)).splitlines()]
    lines = [line for line in lines if line and not line.startswith('//')]
    try:
        if lines and _is_header(lines[0]):
            lines = lines[1:]
        found = [_listed(line, path) for line in lines]
    except csv.Error as error:
        raise UserError(f'{path} is no table ({error}); write it again.') from error
    if not found:
        raise UserError(f'{path} lists no class; write one name per line.')
    ids = [c.id for c in found if c.id is not None]
    twice = [number for number in ids if ids.count(number) > 1]
    if twice:
        raise UserError(f'{path}: the id {twice[0]} stands twice; correct one line.')
    return found


def _cells(line: str) -> list[str]:
    sign = next((s for s in ',;\t' if s in line), None)
    if sign is None:
        cells = re.split(r'[\s:=]+', line)
    else:
        cells = next(csv.reader([line], delimiter=sign, skipinitialspace=True))
    return [cell.strip().strip('"\'') for cell in cells if cell.strip()]


def _is_header(line: str) -> bool:
    cells = [cell.lower() for cell in _cells(line)]
    return len(cells) > 1 and sum(cell in HEADER for cell in cells) * 2 > len(cells)


def _listed(line: str, path: str) -> ListedClass:
    cells = _cells(line)
    numbers = [int(cell) for cell in cells if re.fullmatch(r'-?\d+', cell)]
    hexes = [found[1] for cell in cells if (found := HEX.fullmatch(cell))]
    words = [c for c in cells if not re.fullmatch(r'-?\d+', c) and not HEX.fullmatch(c)]
    if hexes:
        numbers += bytes.fromhex(hexes[0])
    painted = len(numbers) >= 3
    colour = (numbers[-3], numbers[-2], numbers[-1]) if painted else None
    in_range = all(0 <= part <= 255 for part in colour or ())
    if len(numbers) not in (0, 1, 3, 4) or not words or not in_range:
        raise UserError(
            f'{path}: the line "{line}" is no class; write a name and, if you like, '
            f'its number, its colour as red, green, blue from 0 to 255, or both.'
        )
    number = numbers[0] if len(numbers) in (1, 4) else None
    return ListedClass(' '.join(words), number, colour)
