"""The checksums that GeoTIFFs with deflate carry; GDAL does not look at them."""

import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

import numpy as np
import rasterio
from rasterio import DatasetReader

from . import vsi
from .raster_io import open_raster

NOT_NUMPY = dict(complex_int16='int32')


class Verified(NamedTuple):
    """What the checksums of a raster say.

    Attributes:
        blocks: Number of blocks that carry one.
        fault: The first block that does not fit its own, as a sentence, if any.
    """

    blocks: int
    fault: str | None = None


class _Block(NamedTuple):
    place: str
    offset: int
    size: int
    decoded: int


def verify_checksums(path: str) -> Verified:
    """Decodes all blocks of a raster, of a virtual one those of its parts.

    A flipped bit in a block of deflate often decodes to wrong pixels without an error;
    the Adler-32 at the end of the block (RFC 1950) then differs. LZW, zstd, JPEG and
    uncompressed blocks carry none.
    """
    with open_raster(path) as source:
        if source.driver != 'VRT':
            return _verify(path, source)
        parts = [part for part in source.files if part != path]
    blocks = 0
    for part in parts:
        if not part.lower().endswith(('.tif', '.tiff', '.vrt')):
            continue
        found = verify_checksums(part)
        blocks += found.blocks
        if found.fault is not None:
            return Verified(blocks, found.fault)
    return Verified(blocks)


def _verify(path: str, source: DatasetReader) -> Verified:
    coder = source.tags(ns='IMAGE_STRUCTURE').get('COMPRESSION')
    if source.driver != 'GTiff' or coder != 'DEFLATE' or not vsi.can_open(path):
        return Verified(0)
    count = 0
    with vsi.open_file(path) as file:
        for block in _blocks(path, source):
            count += 1
            reason = _reason(file, block)
            if reason is not None:
                return Verified(
                    count,
                    f'{path} is damaged: {block.place} does not fit its checksum '
                    f'({reason}), though it may be readable; copy the file again.',
                )
    return Verified(count)


def _reason(file: IO[bytes], block: _Block) -> str | None:
    """What is wrong with a block; never holds more than it should decode to."""
    file.seek(block.offset)
    decoder = zlib.decompressobj()
    try:
        found = decoder.decompress(file.read(block.size), block.decoded + 1)
    except zlib.error as error:
        return str(error)
    if len(found) > block.decoded:
        return 'it decodes to more than a block'
    return None if decoder.eof else 'it is cut short'


def _blocks(path: str, source: DatasetReader) -> Iterator[_Block]:
    """All stored blocks, of the overviews as well; sparse ones are left out."""
    yield from _of_level(source, source, None)
    for level in range(len(source.overviews(1))):
        # Their blocks may have another size.
        with rasterio.open(path, overview_level=level) as shrunk:
            yield from _of_level(source, shrunk, level)


def _of_level(
    source: DatasetReader, shrunk: DatasetReader, level: int | None
) -> Iterator[_Block]:
    where = 'the block' if level is None else f'in overview {level + 1} the block'
    # Asked once: rasterio lists them anew for all bands, which may be 65,535.
    shapes, types = shrunk.block_shapes, source.dtypes
    together = source.tags(ns='IMAGE_STRUCTURE').get('INTERLEAVE') == 'PIXEL'
    for band in [1] if together else source.indexes:
        height, width = shapes[band - 1]
        decoded = height * width * _itemsize(types[band - 1])
        decoded *= source.count if together else 1
        for row in range(-(-shrunk.height // height)):
            for col in range(-(-shrunk.width // width)):
                names = (f'BLOCK_{name}_{col}_{row}' for name in ('OFFSET', 'SIZE'))
                tags = (source.get_tag_item(n, 'TIFF', band, level) for n in names)
                offset, size = (int(tag or 0) for tag in tags)
                if offset and size:
                    place = f'{where} at column {col}, row {row} of band {band}'
                    yield _Block(place, offset, size, decoded)


def _itemsize(dtype: str) -> int:
    return np.dtype(NOT_NUMPY.get(dtype, dtype)).itemsize
