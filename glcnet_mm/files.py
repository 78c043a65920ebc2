"""Files that are never half-written."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def whole_file(path: str | Path, typed: bool = False) -> Iterator[Path]:
    """Gives a name to write under; the file is renamed when all went well.

    It has the contents on disk by then, so that not even a power cut after it leaves
    less than the old or the new file. Nobody can foretell the name, and a link of that
    name would not be followed.

    Args:
        path: The file to be.
        typed: See ``partial_name``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_name(path, typed)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield partial
        with open(partial, 'rb+') as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def partial_name(path: Path, typed: bool = False) -> Path:
    """A hidden name beside ``path``, so that renaming stays on one disk.

    Args:
        path: The file to be.
        typed: Keep its ending, by which a library tells the format.
    """
    token = uuid4().hex
    if typed:
        return path.with_name(f'.{path.stem}.{token}.part{path.suffix}')
    return path.with_name(f'.{path.name}.{token}.partial')


def remove_partials(path: Path) -> None:
    """Removes what killed processes left of ``path``; nobody may be writing it.

    Args:
        path: The file that was to be; its name may be a pattern.
    """
    for left in path.parent.glob(f'.{path.name}.{"[0-9a-f]" * 32}.partial'):
        left.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Writes under a name of its own and renames when all is written."""
    with whole_file(path) as partial:
        partial.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Writes UTF-8 as ``write_bytes`` does."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, content: object) -> None:
    """Writes as ``write_bytes`` does."""
    write_text(path, json.dumps(content, indent=1) + '\n')
