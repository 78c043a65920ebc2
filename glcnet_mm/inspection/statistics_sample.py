"""Which parts of rasters to read for statistics: everything, or a sample."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..datasets.raster_index import RasterIndex
from ..rasters.raster_io import RasterInfo, Window, open_raster

# Pixels of all bands together in one read: bounds the memory.
READ_VALUES = 1 << 22
Piece = tuple[int, Window]
Pieces = Callable[[], Iterator[Piece]]


def choose_pieces(
    index: RasterIndex,
    windows: int | None,
    seed: int,
    listed: Sequence[Piece] | None,
    bands: int,
) -> tuple[Pieces, bool]:
    """The pieces to read, as often as asked for, and whether they are a sample.

    Args:
        index: Of the rasters.
        windows: Number of random windows; all pixels when None or when there are no
            more than in that many windows.
        seed: Of the random windows.
        listed: Choose from these windows instead of whole rasters.
        bands: Number of bands that are read.
    """
    infos, rng = index.infos, np.random.default_rng(seed)
    if listed is not None:
        sampled = windows is not None and windows < len(listed)
        picks = np.arange(len(listed))
        if sampled:
            picks = np.sort(rng.choice(picks, windows, replace=False))
        chosen = [_clipped(infos, *listed[pick]) for pick in picks.tolist()]
        return lambda: iter(chosen), sampled
    pixels = sum(info.width * info.height for info in infos)
    if windows is None or pixels <= windows * index.window**2:
        return lambda: _blocks(infos, READ_VALUES // bands), False
    drawn = sorted(index.random_window(rng) for _ in range(windows))
    chosen = [_clipped(infos, *piece) for piece in drawn]
    return lambda: iter(chosen), True


def _clipped(infos: Sequence[RasterInfo], scene: int, window: Window) -> Piece:
    """Without what lies outside the raster."""
    col, row, width, height = window
    info = infos[scene]
    return scene, Window(
        col, row, min(width, info.width - col), min(height, info.height - row)
    )


def _blocks(infos: Sequence[RasterInfo], pixels: int) -> Iterator[Piece]:
    """Whole rasters in pieces that follow the blocks of the file."""
    for scene, info in enumerate(infos):
        with open_raster(info.path) as source:
            block_height, block_width = source.block_shapes[0]
        block_height = min(block_height, max(pixels // block_width, 1))
        width = _multiple(block_width, pixels // block_height, info.width)
        height = _multiple(block_height, pixels // width, info.height)
        for row in range(0, info.height, height):
            for col in range(0, info.width, width):
                yield _clipped(infos, scene, Window(col, row, width, height))


def _multiple(block: int, most: int, whole: int) -> int:
    """The largest multiple of ``block`` up to ``most``, where there is one."""
    return min(max(most // block * block or most, 1), whole)
