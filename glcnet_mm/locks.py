"""Folders that one process at a time works in."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import UserError

# The system lets go of a process's lock when any of its handles of the file is closed.
_held: dict[Path, IO] = {}


class InUse(UserError):
    """Another process holds the lock."""


def take(path: str | Path, message: str, shared: bool = False) -> None:
    """Takes a lock until ``release`` or the end of the process, however it ends.

    Of this process only; its children do not inherit it.

    Args:
        path: The file that is locked; made if there is none.
        message: What the error says.
        shared: Others may hold it, too, if they share it.

    Raises:
        InUse: Another process holds it.
    """
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path in _held and _is_current(path):
        file = _held[path]
    else:
        file = _held[path] = _open(path)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.lockf(file, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP):
            return  # a file system without locks
        release(path)
        raise InUse(message) from error
    if not _is_current(path):
        # The holder before removed the file meanwhile.
        release(path)
        take(path, message, shared)


def release(path: str | Path) -> None:
    """Lets go of a lock; one that is not held is no error."""
    file = _held.pop(Path(path).absolute(), None)
    if file is not None:
        file.close()


@contextmanager
def held(path: str | Path, message: str, shared: bool = False) -> Iterator[None]:
    """Holds a lock for a while; see ``take``."""
    take(path, message, shared)
    try:
        yield
    finally:
        release(path)


def _open(path: Path) -> IO:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, 'O_NOFOLLOW', 0)
    return os.fdopen(os.open(path, flags, 0o666), 'r+')


def _is_current(path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(_held[path].fileno()), os.stat(path))
    except FileNotFoundError:
        return False
