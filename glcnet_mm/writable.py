"""Whether results can be written, found out before any work."""

import os
import shutil
import tempfile
from pathlib import Path

from .errors import UserError

# Written for a trial; less than this is no room for anything.
PROBE_BYTES = 2**20
MEGABYTE = 2**20


def check_folder(folder: str | Path, needed: int = 0) -> None:
    """Refuses a folder that no file can be made in; leaves nothing there.

    Args:
        folder: Of files to be.
        needed: Bytes that will be written there at least.

    Raises:
        UserError: It cannot be made or written, or the disk is too full.
    """
    # One that does not exist yet will be made in the nearest that does.
    place = Path(folder).absolute()
    while not os.path.lexists(place):
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
        if free >= needed:
            _try_to_write(place)
    except OSError as error:
        raise UserError(
            f'{folder} cannot be written ({error.strerror}); name a folder that can '
            f'be, or make room.'
        ) from error
    if free < needed:
        raise UserError(
            f'{folder} has room for {free / MEGABYTE:.0f} MB but '
            f'{needed / MEGABYTE:.0f} MB are needed; make room or name another disk.'
        )


def check_file(path: str | Path) -> None:
    """Does so with the folder of a file to be.

    Raises:
        UserError: It is a folder, or cannot be written.
    """
    if Path(path).is_dir():
        raise UserError(f'{path} is a folder; name the file to write in it.')
    try:
        check_folder(Path(path).parent)
    except ValueError as error:
        raise UserError(f'{path} cannot be made: {error}') from error


def _try_to_write(folder: str | Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
