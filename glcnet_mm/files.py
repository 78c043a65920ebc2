"""Files that are never half-written."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Gives a name to write under; the file is renamed when all went well.

    It has the contents on disk by then, so that not even a power cut after it leaves
    less than the old or the new file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.name}.{uuid4().hex}.partial')
    try:
        yield partial
        with open(partial, 'rb+') as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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
