"""The file of a catalogue: JSON lines that show damage and are never half-written."""

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import UserError
from ..files import write_text
from ..rasters.raster_io import RasterInfo

MARK = 'glcnet_mm raster headers'
# Grows when an entry gets another form or meaning.
VERSION = 2
FIELDS = list(RasterInfo._fields[1:])
CRS_COLUMN = FIELDS.index('crs')


class Entry(NamedTuple):
    """A header, and what tells whether the files behind it are still the same.

    ``has_data`` holds the choices of bands for which a valid pixel was found.
    """

    stamp: list[int]
    parts: list[str]
    has_data: list[str]
    header: list[Any]


def load_entries(path: str) -> dict[str, Entry] | None:
    """Entries by absolute path; none of a missing file or another version's.

    Returns:
        None when the file is damaged.

    Raises:
        UserError: The file is no catalogue; it might be of worth, so it stays.
    """
    if not os.path.exists(path):
        return {}
    content = Path(path).read_bytes() if os.path.isfile(path) else b'a folder'
    if not content:
        return None
    first, _, body = content.partition(b'\n')
    try:
        head = json.loads(first)
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict) or MARK not in head:
        raise UserError(
            f'{path} is no catalogue of raster headers; name another file, or delete '
            f'it to have it written anew.'
        )
    if head[MARK] != VERSION or head.get('fields') != FIELDS:
        return {}
    if head.get('crc32') != zlib.crc32(body):
        return None
    systems, *rows = json.loads(b'[' + body.replace(b'\n', b',') + b']')
    entries = {}
    for key, *row in rows:
        entry = entries[key] = Entry(*row)
        entry.header[CRS_COLUMN] = systems[entry.header[CRS_COLUMN]]
    return entries


def write_entries(path: str, entries: Mapping[str, Entry]) -> None:
    """A line that says what this is, one with every CRS, then one per raster."""
    numbers: dict[str | None, int] = {}
    lines = []
    for key, entry in entries.items():
        header = list(entry.header)
        header[CRS_COLUMN] = numbers.setdefault(header[CRS_COLUMN], len(numbers))
        lines.append(json.dumps([key, *entry._replace(header=header)]))
    body = '\n'.join([json.dumps(list(numbers)), *lines])
    head = {MARK: VERSION, 'fields': FIELDS, 'crc32': zlib.crc32(body.encode())}
    write_text(path, json.dumps(head) + '\n' + body)
