"""What a JPEG 2000 file takes to decode, from the head of its codestream.

GDAL shows blocks of at most 1024 px of a file that is one tile, but the decoder first
makes a record of every code block of that tile, of which a file of some kilobytes can
promise billions. Layout: ISO/IEC 15444-1, annexes A (codestream) and I (boxes).
"""

import struct
from typing import IO

from . import vsi

# OpenJPEG decodes to 32 bits, whatever the type, and keeps so much per code block and
# per precinct (measured: 290 to 310 and 190).
SAMPLE_BYTES = 4
CODE_BLOCK_BYTES, PRECINCT_BYTES = 320, 256
START, SIZ, COD, COC, DATA = b'\xff\x4f', 0xFF51, 0xFF52, 0xFF53, 0xFF93
# Of the headers before the data, which are looked at.
MAX_SEGMENTS = 1000


def bytes_of_records(path: str) -> int:
    """What the records of a tile take beside its pixels; 0 where that isn't told."""
    if not vsi.can_open(path):
        return 0
    try:
        with vsi.open_file(path) as file:
            _go_to_codestream(file)
            return int(_bytes_of_records(file))
    except (*vsi.DAMAGE, OverflowError):
        return 0  # GDAL says what is wrong


def _go_to_codestream(file: IO[bytes]) -> None:
    """Skips the boxes before it; a bare codestream has none."""
    head = file.read(8)
    while head[4:] != b'jp2c' and head[:2] != START:
        (length,), size = struct.unpack('>I', head[:4]), 8
        if length == 1:
            (length,), size = struct.unpack('>Q', file.read(8)), 16
        if length < size:
            raise ValueError('no box')
        file.seek(length - size, 1)
        head = file.read(8)
    if head[:2] == START:
        file.seek(0)
    elif head[:4] == b'\0\0\0\1':
        file.seek(8, 1)


def _bytes_of_records(file: IO[bytes]) -> float:
    """The most that any of the codings before the first data asks for."""
    tile = components = 0
    most = 0.0
    if file.read(2) != START:
        return 0
    for _ in range(MAX_SEGMENTS):
        marker, length = struct.unpack('>HH', file.read(4))
        if marker == DATA:
            break
        segment = file.read(length - 2)
        if marker == SIZ:
            right, bottom, left, top, width, height = struct.unpack_from(
                '>6I', segment, 2
            )
            tile = min(width, right - left) * min(height, bottom - top)
            (components,) = struct.unpack_from('>H', segment, 34)
        elif marker == COD:
            most = max(most, _of_component(tile, segment[5:], segment[0]))
        elif marker == COC:
            start = 1 if components < 257 else 2
            coding = segment[start + 1 :]
            most = max(most, _of_component(tile, coding, segment[start]))
    return most * components


def _of_component(tile: int, coding: bytes, flags: int) -> float:
    levels, across, down = coding[0], (coding[1] & 15) + 2, (coding[2] & 15) + 2
    total = 0.0
    for level in range(levels + 1):
        pixels = tile / 4 ** (levels - level)
        precinct = coding[5 + level] if flags & 1 else 0xFF
        # Above the coarsest level a precinct holds bands of half its size.
        sides = (precinct & 15) - (level > 0), (precinct >> 4) - (level > 0)
        block = 2.0 ** (min(across, sides[0]) + min(down, sides[1]))
        total += pixels / block * CODE_BLOCK_BYTES
        total += pixels / 2.0 ** (sum(sides)) * PRECINCT_BYTES
    return total
