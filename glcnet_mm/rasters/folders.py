"""The files below a folder, as a user who looks into it would name them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

# Resource forks that archives of macOS carry.
LEFTOVERS = ('__MACOSX',)


def files_below(folder: str) -> Iterator[str]:
    """Paths of all files of a folder and its sub-folders, linked ones included.

    Hidden files and folders, which other programs leave behind, are no part of it. A
    folder that is reached twice, through links, is read once.
    """
    seen: set[str] = set()
    # Without the dots that would make two names of one file.
    waiting = [str(PurePosixPath(folder))]
    while waiting:
        place = waiting.pop()
        real = os.path.realpath(place)
        if real in seen:
            continue
        seen.add(real)
        with os.scandir(place) as entries:
            for entry in entries:
                if is_leftover(entry.name):
                    continue
                if entry.is_dir():
                    waiting.append(entry.path)
                else:
                    yield entry.path.removeprefix('./')


def is_leftover(path: str) -> bool:
    """Whether a name, or a folder in a relative path, is hidden or of macOS."""
    parts = PurePosixPath(path).parts
    return any(part.startswith('.') or part in LEFTOVERS for part in parts)


def unique_files(paths: Sequence[str]) -> list[str]:
    """The paths without those that lead to a file that came before."""
    folders: dict[str, str] = {}  # the way to a folder is followed once

    def real(path: str) -> str:
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        return os.path.join(folders[folder], name)

    first: dict[str, str] = {}
    for path in paths:
        first.setdefault(real(path), path)
    return list(first.values())


def dangling(paths: Iterable[str], suffixes: Sequence[str]) -> str | None:
    """A link to a raster or a folder that is not there, of the files of a folder."""
    for path in paths:
        suffix = os.path.splitext(path)[1].lower()
        if (not suffix or suffix in suffixes) and os.path.islink(path):
            if not os.path.exists(path):
                return path
    return None


def same_but_case(path: str) -> str | None:
    """A file whose suffix is that of a path in other letters, ``a.TIF`` for a.tif."""
    folder, name = os.path.split(path)
    found = _names(folder or '.', _changed(folder)).get(_folded(name))
    return os.path.join(folder, found) if found else None


@lru_cache(maxsize=64)
def _names(folder: str, _changed: int) -> dict[str, str]:
    """Names of a folder's files by themselves with the suffix in small letters."""
    try:
        return {_folded(name): name for name in sorted(os.listdir(folder))}
    except OSError:
        return {}


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or '.').st_mtime_ns
    except OSError:
        return -1


def _folded(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return stem + suffix.lower()
