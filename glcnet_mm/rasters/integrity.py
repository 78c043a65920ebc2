"""Files that are cut short, lack a part or have holes: told without reading pixels."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from rasterio import DatasetReader
from rasterio.windows import Window

from . import vsi

# Decoders of these formats fill what is missing with noise, without an error.
END_MARKS = {'PNG': b'IEND', 'JPEG': b'\xff\xd9'}
TAIL_BYTES = 65536
# Of the parts of a stack that lie on another grid, see ``band_stack``.
WARPED_SUFFIX = '.warped'


def find_fault(source: DatasetReader) -> str | None:
    """What is wrong with the file behind an open raster, or None."""
    path = source.name
    if source.driver == 'GTiff':
        wanted = max(_ends_of_last_blocks(source, _planes(source)))
        length = vsi.size(path)
        if length is not None and wanted > length:
            return (
                f'is truncated: its header promises at least {wanted} bytes but it '
                f'has {length}; copy it again.'
            )
    if source.driver in END_MARKS and vsi.is_plain(path):
        with open(path, 'rb') as file:
            file.seek(-min(TAIL_BYTES, os.path.getsize(path)), os.SEEK_END)
            if END_MARKS[source.driver] not in file.read():
                return 'is truncated: its end is missing; copy it again.'
    if source.driver == 'VRT':
        for part in source.files:
            if not vsi.exists(part):
                return f'refers to {part}, which does not exist; restore that file.'
        for inner in warped_sources(source.files):
            if not os.path.exists(inner):
                return f'refers to {inner}, which does not exist; restore that file.'
    return None


def warped_sources(files: Iterable[str]) -> list[str]:
    """The rasters that parts of a stack show on another grid; GDAL names none."""
    return [_warped_source(file) for file in files if file.endswith(WARPED_SUFFIX)]


def _warped_source(path: str) -> str:
    name = ElementTree.parse(path).findtext('GDALWarpOptions/SourceDataset', '')
    return os.path.normpath(Path(path).parent / name)


def last_block_is_hole(source: DatasetReader) -> bool:
    """Whether the file stores nothing for its last block, so maybe nothing at all."""
    return source.driver == 'GTiff' and not _ends_of_last_blocks(source, [1])[0]


def holes(
    source: DatasetReader,
    bands: Sequence[int],
    window: Window,
    shape: tuple[int, int],
) -> np.ndarray:
    """Pixels ``(h, w)`` of a window in blocks that a sparse TIFF does not store.

    Such blocks read as zeros without an error. A ``shape`` that is not the window's
    says of which pixel each of a shrunk window is.
    """
    if source.driver != 'GTiff':
        return np.zeros(shape, bool)
    height, width = source.block_shapes[bands[0] - 1]
    rows = _blocks(window.row_off, window.height, shape[0], height)
    cols = _blocks(window.col_off, window.width, shape[1], width)
    missing = [
        [
            not any(_tag(source, 'OFFSET', col, row, band) for band in bands)
            for col in range(cols[0], cols[-1] + 1)
        ]
        for row in range(rows[0], rows[-1] + 1)
    ]
    return np.array(missing)[rows - rows[0]][:, cols - cols[0]]


def _blocks(start: float, length: float, count: int, block: int) -> np.ndarray:
    """Number of the block that each of ``count`` pixels over ``length`` lies in."""
    pixels = start + (np.arange(count) + 0.5) * length / count
    return pixels.astype(int) // block


def _planes(source: DatasetReader) -> Sequence[int]:
    """A band of each set that shares its blocks."""
    layout = source.tags(ns='IMAGE_STRUCTURE').get('INTERLEAVE')
    return [1] if layout == 'PIXEL' else source.indexes


def _ends_of_last_blocks(source: DatasetReader, bands: Sequence[int]) -> list[int]:
    """Where in the file the last block of each band ends, 0 of one not stored."""
    # All bands of a TIFF have blocks of one shape, and to ask for all shapes, band
    # after band, takes long where a header has 65,535.
    height, width = source.block_shapes[0]
    col, row = (source.width - 1) // width, (source.height - 1) // height
    ends = []
    for band in bands:
        offset = _tag(source, 'OFFSET', col, row, band)
        ends.append(offset + _tag(source, 'SIZE', col, row, band) if offset else 0)
    return ends


def _tag(source: DatasetReader, name: str, col: int, row: int, band: int) -> int:
    return int(source.get_tag_item(f'BLOCK_{name}_{col}_{row}', 'TIFF', band) or 0)
