"""Files that are never half-written."""

import codecs
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def read_text(path: str | Path) -> str:
    """A text file in UTF-8, or in UTF-16 with its mark, as spreadsheets write it.

    Raises:
        ValueError: It is in another encoding.
    """
    content = Path(path).read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode('utf-16' if marked else 'utf-8-sig')
    except UnicodeDecodeError:
        text = '\0'
    if '\0' in text:
        raise ValueError(f'{path} is not a text file in UTF-8; save it as UTF-8.')
    return text


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
