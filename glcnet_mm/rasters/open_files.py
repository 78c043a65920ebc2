"""Files that cannot be opened since too many are open, which is no fault of theirs."""

import errno
import os
from contextlib import ExitStack

from ..errors import UserError

# A mosaic opens a part, a mask and statistics beside it.
NEEDED = 4
EXHAUSTED = (errno.EMFILE, errno.ENFILE)


class TooManyOpenFilesError(UserError, OSError):
    """The system lets this process open no further file."""


def check_files_left(path: str, error: Exception) -> None:
    """Tells whether a file was not opened because too many others are.

    Args:
        path: Of the file.
        error: What opening or reading it raised.

    Raises:
        TooManyOpenFilesError: That is why; else nothing happens.
    """
    if not _files_left():
        raise TooManyOpenFilesError(
            f'{path} cannot be opened, for this process has as many files open as the '
            f'system allows; raise the limit (ulimit -n 65536) or use fewer workers.'
        ) from error


def _files_left() -> bool:
    with ExitStack() as stack:
        try:
            for _ in range(NEEDED):
                number = os.open(os.devnull, os.O_RDONLY)
                stack.callback(os.close, number)
        except OSError as error:
            return error.errno not in EXHAUSTED
    return True
