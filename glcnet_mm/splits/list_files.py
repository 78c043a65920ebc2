"""Lists of tiles in the GLCNet authors' layout, for ``PotsdamTilesDataset``."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..datasets.windows import WindowDataset
from ..errors import UserError
from .label_fractions import window_scenes

FOLDER = re.compile(r'(train|val)_(\w+)')
OTHER_WORD = dict(train='val', val='train')


def list_texts(
    dataset: WindowDataset, parts: Mapping[str, np.ndarray]
) -> dict[str, str]:
    """Content of ``{part}_{dtype}.txt`` and ``{part}_lbl.txt`` by their names.

    Both hold the bare names of the tiles, one a line. The folder of a list's tiles
    follows from the word ``train`` or ``val`` in its name, so names without it get it.

    Args:
        dataset: Of whole tiles.
        parts: Name and numbers of windows of each part.

    Raises:
        UserError: The files are not in that layout, or a part has pieces of tiles.
    """
    scenes, paths = window_scenes(dataset), [i.path for i in dataset.index.infos]
    texts = {}
    for part, numbers in parts.items():
        chosen = np.unique(scenes[numbers])
        _check_whole(part, scenes, numbers, paths)
        word, dtype = _folder([paths[scene] for scene in chosen])
        if OTHER_WORD[word] in part:
            raise UserError(
                f'A list named {part} would be looked for in {OTHER_WORD[word]}_{dtype}'
                f', but its tiles lie in {word}_{dtype}; name the part without '
                f'"{OTHER_WORD[word]}".'
            )
        name = part if word in part else f'{word}_{part}'
        names = [Path(paths[scene]).name for scene in chosen]
        texts[f'{name}_{dtype}.txt'] = _lines(names)
        if dataset.label_paths is not None:
            _check_labels(dataset, chosen)
            texts[f'{name}_lbl.txt'] = _lines(names)
    return texts


def _lines(names: Sequence[str]) -> str:
    return ''.join(f'{name}\n' for name in sorted(names))


def _folder(paths: Sequence[str]) -> tuple[str, str]:
    """The word and the dtype of the one folder of tiles."""
    folders = {Path(path).parent for path in paths}
    match = FOLDER.fullmatch(Path(paths[0]).parent.name)
    if len(folders) > 1 or match is None:
        raise UserError(
            f'{paths[0]} is not in the layout of list files, one folder train_DTYPE or '
            f'val_DTYPE for all tiles of a part; leave out --list-files.'
        )
    return match[1], match[2]


def _check_whole(
    part: str, scenes: np.ndarray, numbers: np.ndarray, paths: Sequence[str]
) -> None:
    listed = np.bincount(scenes[numbers], minlength=len(paths))
    every = np.bincount(scenes, minlength=len(paths))
    broken = np.flatnonzero((listed > 0) & (listed < every))
    if len(broken):
        scene = broken[0]
        raise UserError(
            f'List files name whole rasters, but {part} has {listed[scene]} of the '
            f'{every[scene]} windows of {paths[scene]}; choose --by scene.'
        )


def _check_labels(dataset: WindowDataset, scenes: np.ndarray) -> None:
    labels = dataset.label_paths or []
    for scene in scenes:
        image, label = dataset.index.infos[scene].path, labels[scene]
        if Path(image).name != Path(label).name:
            raise UserError(
                f'{label} is not named like {image}, as list files need it; leave out '
                f'--list-files.'
            )
