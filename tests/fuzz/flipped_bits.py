"""Counts single flipped bits that GDAL reads as wrong pixels without an error.

    python -m tests.fuzz.flipped_bits

Prints, of 250 files of labels with one each, how many are read so, and how many of
these the checksums tell.
"""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from glcnet_mm.rasters.block_checksums import verify_checksums

from .rasters import write_sample

FLIPS = 250
TILES = dict(tiled=True, blockxsize=64, blockysize=64)
PACKINGS = {
    'none': TILES,
    'LZW': dict(compress='lzw', **TILES),
    'zstd': dict(compress='zstd', **TILES),
    'deflate': dict(compress='deflate', **TILES),
    'PNG': dict(driver='PNG'),
}


def count(folder: Path, options: dict, flips: int = FLIPS) -> Counter:
    """Counts of ``silent`` ones, and of those ``told`` by checksums."""
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 6, (1, 32, 32), 'uint8')
    labels = blocks.repeat(8, 1).repeat(8, 2)
    sound = write_sample(folder / 'sound', labels, **options).read_bytes()
    places = _pixels(folder / 'sound', len(sound))
    found = Counter()
    for number in range(flips):
        damaged = bytearray(sound)
        damaged[places[int(rng.integers(len(places)))]] ^= 1 << int(rng.integers(8))
        path = folder / f'{number}'
        path.write_bytes(damaged)
        if _differs(path, labels):
            found['silent'] += 1
            found['told'] += verify_checksums(str(path)).fault is not None
        path.unlink()
    return found


def _pixels(path: Path, size: int) -> list[int]:
    """Places of a file's bytes that hold pixels."""
    with rasterio.open(path) as file:
        if file.driver == 'PNG':
            return list(range(41, size - 16))  # between header and end
        spans = []
        for col in range(file.width // 64):
            for row in range(file.height // 64):
                names = (f'BLOCK_{name}_{col}_{row}' for name in ('OFFSET', 'SIZE'))
                spans.append([int(file.get_tag_item(n, 'TIFF', 1)) for n in names])
    return [place for start, length in spans for place in range(start, start + length)]


def _differs(path: Path, labels: np.ndarray) -> bool:
    try:
        with rasterio.open(path) as file:
            return not np.array_equal(file.read(), labels)
    except RasterioError:
        return False


def main() -> None:
    for name, options in PACKINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = count(Path(folder), options)
        print(f'{name:8} {found["silent"]} of {FLIPS} silent, {found["told"]} told')


if __name__ == '__main__':
    main()
