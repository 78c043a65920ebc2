"""Small files that are read whole: text, JSON, arrays; a damaged one is named."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .errors import UserError

Taken = TypeVar('Taken')
# Marks with which other programs begin texts of 16 bits a letter.
UTF16 = (b'\xff\xfe', b'\xfe\xff')
# What taking apart the content of a damaged file may raise.
MISFITS = (LookupError, TypeError, ValueError, AttributeError, OverflowError)
# What reading damaged arrays may raise.
DAMAGE = (
    *MISFITS,
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def read_text(path: str | Path) -> str:
    """Text in UTF-8, or in UTF-16 with its mark.

    Raises:
        UserError: It is in another encoding, no text, or cannot be read.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f'{path} cannot be read ({error.strerror}).') from error
    try:
        text = content.decode('utf-16' if content[:2] in UTF16 else 'utf-8-sig')
    except UnicodeDecodeError as error:
        raise UserError(
            f'{path} is no text in UTF-8 ({error.reason} at byte {error.start}); save '
            f'it as UTF-8 or, if it was never edited by hand, copy it again.'
        ) from error
    if '\0' in text:
        raise UserError(
            f'{path} is no text in UTF-8, for it holds zero bytes; save it as UTF-8 '
            f'or, if it was never edited by hand, copy it again.'
        )
    return text


def read_json(path: str | Path, mend: str, take: Callable[[Any], Taken]) -> Taken:
    """What ``take`` makes of the content of a JSON file.

    Args:
        path: The file.
        mend: What to do if it is damaged, as the end of a sentence.
        take: Raises any of ``MISFITS`` where the content is not what it should be.

    Raises:
        UserError: The file is damaged.
    """
    text = read_text(path)
    try:
        return take(json.loads(text))
    except (*MISFITS, RecursionError) as error:
        raise damaged(path, error, mend) from error


def read_arrays(path: str | Path, names: Sequence[str], mend: str) -> list[np.ndarray]:
    """Named arrays of an .npz file, without running any code in it.

    Raises:
        UserError: The file is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return [content[name] for name in names]
    except DAMAGE as error:
        raise damaged(path, error, mend) from error


def damaged(path: str | Path, error: Exception, mend: str) -> UserError:
    """The sentence on a file that is not what it should be."""
    reason = f'{type(error).__name__}: {error}'[:200].splitlines()[0]
    return UserError(f'{path} is damaged ({reason}); {mend}.')
