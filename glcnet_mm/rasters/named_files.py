"""What an open raster would read beside itself, and whether it may.

``references`` looks at files before GDAL opens them. What stands in the header of a
TIFF, in the label of another format or in an archive shows once the raster is open,
and before its overviews and pixels are read.
"""

import os

from rasterio import DatasetReader

from . import vsi
from .references import (
    BESIDE,
    HEAD_BYTES,
    MARK,
    SERVICES,
    SWITCH,
    all_is_allowed,
    forbidden_name,
    is_outside,
)

DRIVERS = ('VRT', 'WMS', 'WMTS', 'WCS', 'GTI', 'MRF', 'STACIT', 'STACTA', 'OGCAPI')
# Their other files are named in what ``references`` has looked at.
LOOKED_AT = ('GTiff', 'VRT')
OVERVIEWS = 'OVERVIEW_FILE'


def forbidden_in(path: str, source: DatasetReader) -> str | None:
    """What an open raster would read that it may not, as a sentence without its name.

    To be asked before its overviews, which GDAL opens when they are first counted.
    None where all is well.
    """
    if all_is_allowed():
        return None
    if not vsi.is_plain(path):
        return _forbidden_in_archive(path, source)
    if overviews := source.tags(ns='OVERVIEWS').get(OVERVIEWS):
        return forbidden_name(path, overviews)
    return None if source.driver in LOOKED_AT else _outside(path, source.files)


def _outside(path: str, files: list[str]) -> str | None:
    """Pixels that a label of text names, as that of PDS or DIMAP, may be any file."""
    for file in files:
        if is_outside(path, file):
            folder = os.path.dirname(os.path.normpath(file))
            return (
                f'reads {file}, which lies outside its own folder tree; if you trust '
                f'it, set the variable {SWITCH}={folder} or, in a config, a data_root '
                f'that holds both.'
            )
    return None


def _forbidden_in_archive(path: str, source: DatasetReader) -> str | None:
    """Of a raster in an archive or on a server, which was not looked at before."""
    how = f'unpack or copy it, or set {SWITCH}=* if you trust it.'
    if source.driver in DRIVERS:
        return (
            f'is a {source.driver} file in an archive or on a server, which may read '
            f'any other file; {how}'
        )
    if source.tags(ns='OVERVIEWS').get(OVERVIEWS):
        return f'names a file of overviews, which may be any other file; {how}'
    for beside in (path + suffix for suffix in BESIDE):
        if _is_virtual(beside):
            return f'has {beside} beside it, which may read any other file; {how}'
    return None


def _is_virtual(path: str) -> bool:
    """Whether a file of an archive on this machine names other files."""
    if not (vsi.can_open(path) and vsi.exists(path)):
        return False
    try:
        with vsi.open_file(path) as file:
            head = file.read(HEAD_BYTES)
    except vsi.DAMAGE:
        return False  # GDAL cannot read it either
    return any(mark in head for mark in (MARK, *SERVICES))
