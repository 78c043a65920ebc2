"""Folders and files that one process at a time works in."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import UserError

# While one of those who share a lock signs in, another of them waits.
SIGN_IN_SECONDS = 1.0
_held: dict[Path, FileLock] = {}


class InUse(UserError):
    """Another process holds the lock."""


def take(path: str | Path, message: str, patience: float = 0) -> None:
    """Takes a lock until ``release`` or the end of the process, however it ends.

    Of this process only; its children do not inherit it.

    Args:
        path: The file that is locked; made if there is none.
        message: What the error says.
        patience: Seconds to wait for another process.

    Raises:
        InUse: Another process holds it.
    """
    path = Path(path).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path in _held:
        if path.exists():
            return
        release(path)
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise InUse(message) from error
    _held[path] = lock


def release(path: str | Path) -> None:
    """Lets go of a lock; one that is not held is no error."""
    lock = _held.pop(Path(path).absolute(), None)
    if lock is not None:
        lock.release()


@contextmanager
def held(path: Path, message: str) -> Iterator[None]:
    """Holds a lock that nobody shares for a while, and takes its file away.

    Raises:
        InUse: Another process holds or shares it.
    """
    take(path, message)
    try:
        for own in _shares(path):
            take(own, message)
            _remove(own)
        yield
    finally:
        _remove(path)


@contextmanager
def shared(path: Path, message: str) -> Iterator[None]:
    """Holds a lock for a while beside others who share it.

    Each has a file of its own, for which the lock is held only when it is made.

    Raises:
        InUse: Another process holds it alone.
    """
    own = path.with_name(f'{path.name}.{uuid.uuid4().hex}')
    take(path, message, SIGN_IN_SECONDS)
    try:
        take(own, message)
    finally:
        release(path)
    try:
        yield
    finally:
        _remove(own)


def _shares(path: Path) -> list[Path]:
    names = [p for p in path.parent.iterdir() if p.name.startswith(f'{path.name}.')]
    return sorted(names)


def _remove(path: Path) -> None:
    """Lets go of a lock and of its file, which must go first for others to see it."""
    with suppress(PermissionError):  # of Windows, while it is open
        path.unlink(missing_ok=True)
    release(path)
