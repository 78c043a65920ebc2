"""The labels of a project: rasters as they are, or vectors burnt onto the images."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..datasets.class_lists import find_class_list, read_class_list
from ..errors import UserError
from ..paths import common_folder
from ..rasters.raster_io import RasterInfo, raster_info
from ..rasters.sources import find_rasters
from ..wording import part_of
from .class_table import ClassTable, class_table
from .label_values import LabelValues, Value, survey_values
from .pairing import pair_by_name
from .vectors import burn, find_vectors


class Labels(NamedTuple):
    """Labels of the images that have one.

    Attributes:
        pairs: Label of each such image.
        classes: Of the labels.
        amounts: Pixels ``(pairs, classes)``.
        notes: What was found and assumed, in sentences.
    """

    pairs: dict[str, str]
    classes: ClassTable
    amounts: np.ndarray
    notes: list[str]


def look_at_labels(
    source: str,
    images: Sequence[str],
    folder: Path,
    class_file: str | None,
    column: str | None,
) -> Labels:
    """Finds, reads and, of vectors, writes the labels.

    Args:
        source: Rasters as ``find_rasters`` takes them, or vectors.
        images: Paths.
        folder: Where burnt labels go.
        class_file: Class list; looked for beside the labels when None.
        column: Of the vectors' classes; the obvious one when None.

    Raises:
        UserError: No image has a label, sizes differ, or there are no two classes.
    """
    vectors = find_vectors(source)
    if vectors and not _holds_rasters(source):
        return _of_vectors(vectors, images, folder, column)
    if column is not None:
        raise UserError(f'--class-column is for vectors, and {source} holds rasters.')
    pairs = pair_by_name(images, find_rasters(source))
    _check_sizes(pairs)
    labelled = part_of(len(pairs), len(images), 'image')
    how = ' by its name' if len(images) > 1 else ''
    notes = [f'A label was found for {labelled}{how}.']
    values = survey_values(list(pairs.values()))
    class_file = class_file or _beside(list(pairs.values()))
    listed = read_class_list(class_file) if class_file else []
    if class_file:
        notes.append(f'Class list: {class_file}.')
    table = class_table(values, listed)
    return Labels(pairs, table, table.amounts(values), notes + table.notes)


def _of_vectors(
    vectors: Sequence[str], images: Sequence[str], folder: Path, column: str | None
) -> Labels:
    burnt = burn(vectors, images, folder, column)
    numbers: list[Value] = list(range(len(burnt.classes)))
    table = ClassTable(burnt.classes, numbers, [255], [], False)
    counts = survey_values(list(burnt.labels.values())).counts
    counts = [Counter({v: n for v, n in c.items() if v in numbers}) for c in counts]
    values = LabelValues(False, counts, {}, set())
    notes = [
        f'Shapes were burnt onto the grid of '
        f'{part_of(len(burnt.labels), len(images), "image")}.',
        *burnt.notes,
    ]
    return Labels(burnt.labels, table, table.amounts(values), notes)


def _holds_rasters(source: str) -> bool:
    """Whether a folder with vectors has rasters, too: then these are the labels."""
    if not os.path.isdir(source):
        return False
    try:
        return bool(find_rasters(source))
    except UserError:
        return False


def _beside(labels: Sequence[str]) -> str | None:
    """A class list in the folder of the labels or in the one above."""
    folder = common_folder([os.path.abspath(path) for path in labels])
    return find_class_list([folder, os.path.dirname(folder)])


def _check_sizes(pairs: dict[str, str]) -> None:
    for image, label in pairs.items():
        sizes = [_size(raster_info(path)) for path in (image, label)]
        if sizes[0] != sizes[1]:
            raise UserError(
                f'{label} has {sizes[1]} pixels but its image {image} has {sizes[0]}; '
                f'bring the label to the grid of the image, for example by gdalwarp.'
            )


def _size(info: RasterInfo) -> str:
    return f'{info.width}x{info.height}'
