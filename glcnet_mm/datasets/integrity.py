"""Files that are cut short, lack a part or have holes: told without reading pixels."""

import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from rasterio import DatasetReader
from rasterio.windows import Window

# Decoders of these formats fill what is missing with noise, without an error.
END_MARKS = {'PNG': b'IEND', 'JPEG': b'\xff\xd9'}
TAIL_BYTES = 65536
# Of the parts of a stack that lie on another grid, see ``band_stack``.
WARPED_SUFFIX = '.warped'


def find_fault(source: DatasetReader) -> str | None:
    """What is wrong with the file behind an open raster, or None."""
    path = source.name
    if source.driver == 'GTiff':
        wanted = max(_end_of_last_block(source, band) for band in source.indexes)
        length = os.path.getsize(path)
        if wanted > length:
            return (
                f'is truncated: its header promises at least {wanted} bytes but it '
                f'has {length}; copy it again.'
            )
    if source.driver in END_MARKS:
        with open(path, 'rb') as file:
            file.seek(-min(TAIL_BYTES, os.path.getsize(path)), os.SEEK_END)
            if END_MARKS[source.driver] not in file.read():
                return 'is truncated: its end is missing; copy it again.'
    if source.driver == 'VRT':
        for part in source.files:
            if not part.startswith('/vsi') and not Path(part).exists():
                return f'refers to {part}, which does not exist; restore that file.'
            if part.endswith(WARPED_SUFFIX) and not (inner := _warped(part)).exists():
                return f'refers to {inner}, which does not exist; restore that file.'
    return None


def _warped(path: str) -> Path:
    """The raster that a part of a stack shows on another grid."""
    name = ElementTree.parse(path).findtext('GDALWarpOptions/SourceDataset')
    return Path(os.path.normpath(Path(path).parent / name))


def last_block_is_hole(source: DatasetReader) -> bool:
    """Whether the file stores nothing for its last block, so maybe nothing at all."""
    return source.driver == 'GTiff' and not _end_of_last_block(source, 1)


def holes(source: DatasetReader, bands: list[int], window: Window) -> np.ndarray:
    """Pixels ``(h, w)`` of a window in blocks that a sparse TIFF does not store.

    Such blocks read as zeros without an error.
    """
    found = np.zeros((window.height, window.width), bool)
    if source.driver != 'GTiff':
        return found
    height, width = source.block_shapes[bands[0] - 1]
    top, left = window.row_off, window.col_off
    for row in range(top // height, (top + window.height - 1) // height + 1):
        for col in range(left // width, (left + window.width - 1) // width + 1):
            if not any(_tag(source, 'OFFSET', col, row, band) for band in bands):
                y, x = row * height - top, col * width - left
                found[max(y, 0) : y + height, max(x, 0) : x + width] = True
    return found


def _end_of_last_block(source: DatasetReader, band: int) -> int:
    height, width = source.block_shapes[band - 1]
    col, row = (source.width - 1) // width, (source.height - 1) // height
    offset = _tag(source, 'OFFSET', col, row, band)
    return offset + _tag(source, 'SIZE', col, row, band) if offset else 0


def _tag(source: DatasetReader, name: str, col: int, row: int, band: int) -> int:
    return int(source.get_tag_item(f'BLOCK_{name}_{col}_{row}', 'TIFF', band) or 0)
