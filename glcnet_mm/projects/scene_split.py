"""Which labelled scenes to learn from and which to test on."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..rasters.raster_io import RasterInfo
from ..splits.overlap import ground_groups, unplaced
from ..splits.stratify import divide
from ..wording import part_of

TRAIN_SHARE = 0.75


class SceneSplit(NamedTuple):
    """Numbers of the scenes of both parts, and what was assumed.

    Without test scenes all lie on one ground, which is to be divided by blocks.
    """

    train: list[int]
    test: list[int]
    notes: list[str]


def split_scenes(infos: Sequence[RasterInfo], amounts: np.ndarray) -> SceneSplit:
    """Divides scenes so that no ground is in both parts.

    Scenes that overlap stay together. Of files that do not say where they lie, those
    of one folder do, where there are several: such folders are cut from one scene.

    Args:
        infos: Headers of the labelled images.
        amounts: ``(scenes, classes)`` pixels of each class.
    """
    groups, by_folder = _groups(infos)
    names, units = np.unique(groups, return_inverse=True)
    if len(names) == 1:
        return SceneSplit(
            list(range(len(infos))),
            [],
            ['All labels lie on one ground: split by blocks of it.'],
        )
    sums = np.zeros((len(names), amounts.shape[1] + 1))
    np.add.at(sums, units, np.column_stack([amounts.sum(1), amounts]))
    part = divide(sums, np.array([TRAIN_SHARE, 1 - TRAIN_SHARE]), seed=0)[units]
    what = 'folder' if by_folder else 'scene'
    notes = [f'Split by {what}: {len(names)} that share no ground.']
    if not by_folder and unplaced(infos):
        notes = [
            f'No position on the ground is known of '
            f'{part_of(unplaced(infos), len(infos), "image")}; each counts as a scene '
            f'of its own. Put parts of one scene into one folder.'
        ]
    train, test = (np.flatnonzero(part == number).tolist() for number in (0, 1))
    return SceneSplit(train, test, notes)


def check_parts(
    split: SceneSplit, amounts: np.ndarray, classes: Sequence[str]
) -> list[str]:
    """Sentences on classes that a part does not show.

    Raises:
        UserError: The part to learn from has fewer than two classes.
    """
    notes = []
    for name, scenes in (('learn from', split.train), ('test', split.test)):
        missing: list[int] = []
        if scenes:
            missing = np.flatnonzero(amounts[scenes].sum(0) == 0).tolist()
        if name == 'learn from' and len(missing) >= len(classes) - 1:
            shown = [c for i, c in enumerate(classes) if i not in missing]
            only = f'{shown[0]} alone' if shown else 'none'
            raise UserError(
                f'Of the classes {", ".join(classes)} the scenes to learn from show '
                f'{only}, but a segmentation needs two: label more scenes, or other '
                f'classes in these.'
            )
        if len(missing):
            absent = ', '.join(classes[number] for number in missing)
            notes.append(f'No scene to {name} shows {absent}.')
    return notes


def _groups(infos: Sequence[RasterInfo]) -> tuple[np.ndarray, bool]:
    groups = ground_groups(infos)
    folders = [os.path.dirname(info.path) for info in infos]
    if unplaced(infos) < len(infos) or len(set(folders)) == 1:
        return groups, False
    return np.unique(folders, return_inverse=True)[1], True
