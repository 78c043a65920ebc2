"""Any folder of images and labels with a class list in a file."""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmengine.registry import DATASETS

from ...errors import UserError
from ...rasters.sources import find_rasters, pair_labels
from ..class_lists import read_class_list
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
    """Reads a class list of any form that ``read_class_list`` takes.

    ``name,r,g,b`` is for labels that are colours, as in the class_dict.txt of G-RSIM
    and others: the colour is taken by position, red first, whatever its header says.
    ``id,name`` or ``id,name,r,g,b`` is for labels that are numbers. The order of the
    lines is that of the class numbers; names such as ``ignore`` mark what is no class.

    Raises:
        MissingFileError: There is no such file.
        UserError: A line has another form, or some classes lack what others have.
    """
    listed = read_class_list(path)
    kept = [c for c in listed if not c.ignored]
    colours: list[Colour] = [c.colour for c in kept if c.colour]
    numbered = sum(c.id is not None for c in kept)
    if not kept or {numbered, len(colours)} not in ({len(kept)}, {0, len(kept)}):
        raise UserError(
            f'{path} names {len(kept)} classes, {numbered} with an id and '
            f'{len(colours)} with a colour; it needs one class per line, each with a '
            f'colour, an id, or both.'
        )
    numbers = {c.id: IGNORED if c.ignored else kept.index(c) for c in listed}
    ids = {id: number for id, number in numbers.items() if id is not None}
    ignored: list[Colour] = [c.colour for c in listed if c.ignored and c.colour]
    names = [c.name for c in kept]
    return ClassList(names, colours, ids if numbered else None, ignored)
