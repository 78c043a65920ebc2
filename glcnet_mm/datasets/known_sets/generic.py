"""Any folder of images and labels with a class list in a file."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmengine.registry import DATASETS

from ...errors import MissingFileError, UserError
from ...rasters.sources import find_rasters, pair_labels
from ...reading import read_table
from ..label_settings import LabelSettings
from ..labels import Colour
from ..windows import WindowDataset
from .layout import only_listed

IGNORED = 'ignore'


class ClassList(NamedTuple):
    """What a class list says.

    Attributes:
        classes: Names in the order of the class numbers.
        colours: One per class, or empty.
        ids: ``{raw id: class number or 'ignore'}``, or None where labels are colours.
        ignored: Colours that mean no class.
    """

    classes: list[str]
    colours: list[Colour]
    ids: dict[int, int | str] | None
    ignored: list[Colour]


@DATASETS.register_module()
class GenericDataset(WindowDataset):
    """Images, labels and a class list, so that a set of one's own needs no Python.

    Args:
        data_root: Folder that the other paths start from.
        images: Files, folders, patterns or list files; see ``find_rasters``.
        labels: Folder of labels of the same names, or replacements; see
            ``pair_labels``. None reads no labels.
        class_list: CSV file; see ``read_classes``.
        list_file: Names of the images to use, one per line; all when None.
        **kwargs: Of ``WindowDataset``.
    """

    def __init__(
        self,
        data_root: str,
        images: str | Sequence[str] = 'images',
        labels: str | Mapping[str, str] | None = 'labels',
        class_list: str = 'classes.csv',
        list_file: str | None = None,
        **kwargs,
    ) -> None:
        paths = only_listed(find_rasters(images, data_root), list_file)
        table = ClassList([], [], None, [])
        if labels is not None:
            class_list = os.path.join(data_root, class_list)
            if not os.path.isfile(class_list):
                # What is wrong with the labels themselves comes first.
                pair_labels(paths, labels, data_root)
            table = read_classes(class_list)
        by_colour = labels is not None and table.ids is None
        super().__init__(
            # Found already, so relative paths must not start from the root again.
            images=[os.path.relpath(path, data_root) for path in paths],
            data_root=data_root,
            labels=LabelSettings(
                labels,
                table.ids,
                table.colours if by_colour else None,
                table.ignored if by_colour else (),
            ),
            classes=table.classes,
            palette=table.colours or None,
            **kwargs,
        )


def read_classes(path: str) -> ClassList:
    """Reads a class list, a CSV file of one of two forms, told by its first line.

    ``name,r,g,b`` for labels that are colours, as in the class_dict.txt of G-RSIM and
    others: the colour is taken by position, red first, whatever the header calls it.
    ``id,name`` or ``id,name,r,g,b`` for labels that are numbers. The order of the lines
    is that of the class numbers; the name ``ignore`` marks what is no class.

    Raises:
        MissingFileError: There is no such file.
        UserError: A line has another form, or no class is named.
    """
    if not os.path.isfile(path):
        raise MissingFileError(
            f'{path}, the list of classes, does not exist; write one class per line '
            f'below the header name,r,g,b or id,name.'
        )
    header, *rows = read_table(path) or [[]]
    numbered = bool(header) and header[0].strip().lower() == 'id'
    table = ClassList([], [], {} if numbered else None, [])
    for row in rows:
        _add_row(table, [cell.strip() for cell in row], path)
    if not table.classes or len(table.colours) not in (0, len(table.classes)):
        raise UserError(
            f'{path} names {len(table.classes)} classes and {len(table.colours)} '
            f'colours below its header; it needs one class per line, each with a '
            f'colour or, after an id, all without.'
        )
    return table


def _add_row(table: ClassList, row: list[str], path: str) -> None:
    try:
        raw_id = None if table.ids is None else int(row[0])
        name, *parts = row if raw_id is None else row[1:]
        colour = tuple(int(part) for part in parts[:3])
        if table.ids is not None and raw_id in table.ids:
            raise UserError(f'the id {raw_id} stands twice')
        if len(colour) not in ((3,) if raw_id is None else (0, 3)):
            raise UserError('a colour has three numbers')
        if any(not 0 <= part <= 255 for part in colour) or not name:
            raise UserError('colours go from 0 to 255 and names are not empty')
    except ValueError as error:
        form = 'name,r,g,b' if table.ids is None else 'id,name or id,name,r,g,b'
        raise UserError(
            f'{path}: the line "{",".join(row)}" is not of the form {form} ({error}).'
        ) from error
    ignored = name.lower() == IGNORED
    if table.ids is not None and raw_id is not None:
        table.ids[raw_id] = IGNORED if ignored else len(table.classes)
    if ignored:
        table.ignored.extend([colour] if colour else [])
        return
    table.classes.append(name)
    table.colours.extend([colour] if colour else [])
