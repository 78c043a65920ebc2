"""Files that list windows of a data set, such as those that may be learnt from."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import MissingFileError, UserError
from ..rasters.raster_io import RasterInfo, Window
from ..reading import read_text
from ..wording import counted


def read_windows(
    path: str, infos: Sequence[RasterInfo], side: int
) -> list[tuple[int, Window]]:
    """Windows of a list file: ``scene <tab> column <tab> row`` a line, # for remarks.

    A scene is named by its path or the end of it, as much as tells it from the others.

    Raises:
        MissingFileError: There is no such list.
        UserError: A line names no raster of the data set or several, or is not of that
            form.
    """
    if not os.path.isfile(path):
        raise MissingFileError(
            f'{path}, a list of windows, does not exist; draw it with '
            f'tools/make_splits.py.'
        )
    lines = read_text(path).splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith('#')]
    whole = {Path(os.path.abspath(i.path)).as_posix(): n for n, i in enumerate(infos)}
    ends = _ends(whole, {line.split('\t')[0] for line in lines})
    windows = []
    for line in lines:
        fields = line.split('\t')
        scenes = {whole[fields[0]]} if fields[0] in whole else ends.get(fields[0], ())
        if len(fields) != 3:
            raise UserError(
                f'{path}: the line "{line}" names no window; it needs scene, column '
                f'and row, separated by tabs.'
            )
        if not scenes:
            raise UserError(
                f'{path}: "{fields[0]}" is none of the {counted(len(infos), "raster")} '
                f'that the data set reads, such as {infos[0].path}; give data, or a '
                f'config, that has this scene.'
            )
        if len(scenes) > 1:
            raise UserError(
                f'{path}: "{fields[0]}" is the end of {len(scenes)} paths of this data '
                f'set; name more of the path.'
            )
        place = _place(path, line, fields[1:], side)
        (scene,) = scenes
        info = infos[scene]
        if not (0 <= place.col < info.width and 0 <= place.row < info.height):
            raise UserError(
                f'{path}: the window at column {place.col}, row {place.row} lies '
                f'outside {info.path} with its {info.width}x{info.height} px; it was '
                f'drawn of another raster or with another gsd, so draw it anew.'
            )
        windows.append((scene, place))
    if not windows:
        raise UserError(f'{path} lists no windows.')
    return windows


def _place(path: str, line: str, fields: Sequence[str], side: int) -> Window:
    try:
        col, row = map(int, fields)
    except ValueError as error:
        raise UserError(
            f'{path}: column and row in the line "{line}" are no whole numbers; draw '
            f'the windows again.'
        ) from error
    return Window(col, row, side, side)


def _ends(paths: Mapping[str, int], wanted: set[str]) -> dict[str, set[int]]:
    """Numbers of the paths that end in each of the wanted names."""
    lengths = {name.count('/') + 1 for name in wanted}
    ends: dict[str, set[int]] = {}
    for path, number in paths.items():
        parts = path.split('/')
        for length in lengths:
            name = '/'.join(parts[-length:])
            if length < len(parts) and name in wanted:
                ends.setdefault(name, set()).add(number)
    return ends
