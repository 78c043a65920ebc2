"""A list of the SHA-256 of all files of a data set, as ``sha256sum`` writes it."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import UserError
from ..files import write_text
from ..reading import read_text
from ..wording import counted
from . import vsi
from .integrity import warped_sources
from .raster_io import open_raster

THREADS = 4
LINE = re.compile(r'([0-9a-f]{64}) [ *](.+)')


def check_manifest(path: str, rasters: Iterable[str]) -> tuple[str, list[str]]:
    """Compares files with a manifest, or writes it where there is none.

    Args:
        path: The manifest; files are named relative to its folder.
        rasters: Of a data set; masks, statistics and parts of virtual rasters count.

    Returns:
        What was done, and a sentence on every file that is not as it was.

    Raises:
        UserError: The manifest is damaged or something else.
    """
    files = sorted({file for raster in rasters for file in _files_of(raster)})
    folder = os.path.dirname(os.path.abspath(path))
    names = [Path(os.path.relpath(file, folder)).as_posix() for file in files]
    noted = _read(path) if os.path.exists(path) else None
    with ThreadPoolExecutor(THREADS) as pool:
        found = dict(zip(names, pool.map(_sha256, files), strict=True))
    count = counted(len(found), 'file')
    if noted is None:
        text = ''.join(f'{digest}  {name}\n' for name, digest in found.items())
        write_text(path, text)
        return f'{path}: noted the SHA-256 of {count}.', []
    return f'{path}: compared {count}.', [*_changes(path, noted, found)]


def _changes(path: str, noted: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    folder = os.path.dirname(os.path.abspath(path))
    for name, digest in found.items():
        file = os.path.normpath(os.path.join(folder, name))
        if name not in noted:
            yield f'{file} is not in {path}; it is new or was renamed.'
        elif noted[name] != digest:
            yield f'{file} is not what {path} notes; copy it again.'
    for name in noted:
        file = os.path.normpath(os.path.join(folder, name))
        if name not in found and not os.path.exists(file):
            yield f'{file}, which {path} notes, does not exist; copy it again.'


def _read(path: str) -> dict[str, str]:
    noted = {}
    for line in read_text(path).splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            raise UserError(
                f'{path} is no manifest: the line "{line[:80]}" is not a SHA-256 and a '
                f'name; name another file, or remove it to have it written.'
            )
        noted[match[2]] = match[1]
    return noted


def _files_of(raster: str) -> set[str]:
    """Plain files behind a raster; of one in an archive, the archive."""
    if not vsi.is_plain(raster):
        archive = vsi.archive_of(raster)
        return set() if archive is None else {archive}
    try:
        with open_raster(raster) as source:
            files = [file for file in source.files if vsi.is_plain(file)]
            files += warped_sources(files)
    except (ValueError, OSError):
        files = []  # what is damaged still has a sum
    return {file for file in [raster, *files] if os.path.isfile(file)}


def _sha256(path: str) -> str:
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
