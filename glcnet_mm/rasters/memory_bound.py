"""Windows that would take more memory to decode than a machine should spend on one."""

import os

import numpy as np
import rasterio
from rasterio import DatasetReader

from ..errors import UserError
from .jpeg2000 import SAMPLE_BYTES, bytes_of_records

# Files of a few kilobytes can ask for terabytes when they are decoded.
DEFAULT_GIB = 2.0
VARIABLE = 'GLCNET_MM_MAX_WINDOW_GIB'
GIB = 2**30


def large_window(values: int, dtype: np.dtype) -> str | None:
    """Why so many values are not read at once, as a sentence without a name, or None.

    Raises:
        UserError: The variable that sets the bound is no number above 0.
    """
    return _fault(values * dtype.itemsize, 'the window asked for takes', 'to hold')


def large_block(source: DatasetReader) -> str | None:
    """Why no window of a raster is read: its blocks are too large; None if they aren't.

    Raises:
        UserError: The variable that sets the bound is no number above 0.
    """
    needed = [_bytes_of_block(source)]
    if source.driver == 'GTiff':
        for level in range(len(source.overviews(1))):
            # Their blocks may have another size.
            with rasterio.open(source.name, overview_level=level) as shrunk:
                needed.append(_bytes_of_block(shrunk))
    return _fault(max(needed), 'one block takes', 'to decode')


def _bytes_of_block(source: DatasetReader) -> int:
    height, width = source.block_shapes[0]
    values = int(height) * int(width)
    if source.tags(ns='IMAGE_STRUCTURE').get('INTERLEAVE') == 'PIXEL':
        values *= source.count  # the bands of a block are decoded together
    size = values * _itemsize(source.dtypes[0])
    if source.driver.startswith('JP2'):
        size += values * SAMPLE_BYTES + bytes_of_records(source.name)
    return size


def _fault(needed: int, what: str, end: str) -> str | None:
    allowed = _allowed_gib()
    if needed <= allowed * GIB:
        return None
    return (
        f'is not read: {what} {needed / GIB:.1f} GiB of memory {end}, more than the '
        f'{allowed:g} GiB that are allowed; read less at once or, if the file is what '
        f'it should be, rewrite it in tiles or set {VARIABLE} to more.'
    )


def _allowed_gib() -> float:
    text = os.environ.get(VARIABLE, str(DEFAULT_GIB))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise UserError(f'{VARIABLE}={text!r} must be a number of GiB above 0.')
    return value


def _itemsize(dtype: str) -> int:
    # The one type of GDAL that numpy lacks.
    return 4 if dtype == 'complex_int16' else np.dtype(dtype).itemsize
