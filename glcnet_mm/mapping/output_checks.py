"""Whether the results may and can be written, found out before any work."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import UserError
from ..writable import check_file

FileId = tuple[int, int]


def check_outputs(outputs: Sequence[str | Path], inputs: Sequence[str | Path]) -> None:
    """Refuses names that cannot be written or would destroy an input.

    Args:
        outputs: Rasters to be.
        inputs: Files that are read, a mosaic's parts included.
    """
    names = [Path(output).absolute() for output in outputs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f'Two outputs are both to be written to {twice}; rename one.')
    used = file_ids(inputs)
    for path in names:
        check_not_input(path, used)
        if path.suffix.lower() not in ('.tif', '.tiff'):
            raise UserError(f'{path} must end in .tif, for it will be a GeoTIFF.')
        if path.is_dir():
            raise UserError(f'{path} is a folder: name the file to write in it.')
        check_writable(path)


def file_ids(paths: Iterable[str | Path]) -> set[FileId]:
    """What tells files apart, whatever name they are called by."""
    found = set()
    for path in paths:
        if os.path.exists(path):
            status = os.stat(path)
            found.add((status.st_dev, status.st_ino))
    return found


def check_not_input(path: str | Path, used: set[FileId]) -> None:
    """Refuses to overwrite a file that is read."""
    if file_ids([path]) & used:
        raise UserError(
            f'{path} is read for the map and would be overwritten: name another output.'
        )


def check_writable(path: Path) -> None:
    """Refuses a name that no file can be made under."""
    check_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
