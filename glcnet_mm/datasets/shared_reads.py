"""Several windows of one place: a region of a raster is decoded once for all of them.

Window positions are cut into cells, along either axis, so that all windows of a cell
lie in the same blocks of the file. A group of samples draws a window, every position
being equally likely, and takes each of its windows from that window's cell, again
uniformly. A cell is thus drawn as often as it has positions, so that every position
stays exactly as likely as without groups; only within a group are windows neighbours.
"""

import os
from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from ..rasters.raster_io import Window, block_size
from ..rasters.resample import GroundGrid, read_on
from ..rasters.validity import Bands, as_choice
from .raster_index import RasterIndex
from .sampler import SampleKey

# Pixels that the longer side of a region may have where blocks, such as strips as wide
# as the scene, would make it larger.
MAX_SIDE = 1024
# Fewer positions, as in a raster of the window's size, give equal windows: there the
# samples of a group draw windows of their own.
MIN_POSITIONS = 256
MAX_DRAWS = 32
# Regions of image and label, and those drawn before because the first ones were nodata;
# the groups of several domains are drawn in turn.
MAX_KEPT = 8


class Cell(NamedTuple):
    """Positions of windows whose pixels lie in the same blocks."""

    col: int
    row: int
    cols: int
    rows: int

    def region(self, side: int) -> Window:
        """All pixels of its windows."""
        return Window(self.col, self.row, self.cols + side - 1, self.rows + side - 1)


def cell_of(window: Window, size: tuple[int, int], blocks: tuple[int, int]) -> Cell:
    """The cell of a window in a raster of that size and those blocks."""
    side = window.width
    limit = max(2 * side, MAX_SIDE)
    # Of strips, fewer lines cost less, and there is room for variety along them.
    strips = blocks[0] > limit
    col, cols = _cell_axis(window.col, size[0], blocks[0], side, side)
    row, rows = _cell_axis(
        window.row, size[1], blocks[1], side, side // 4 if strips else side
    )
    return Cell(col, row, cols, rows)


def _cell_axis(
    position: int, size: int, block: int, side: int, wanted: int
) -> tuple[int, int]:
    """First position and number of positions of a cell, along one axis."""
    last = max(size - side, 0)
    most = max(2 * side, MAX_SIDE) - side + 1
    if block < 2 * side:
        count = max(-(-max(wanted, 1) // block) * block, 1)
        start = position - position % count
    else:
        # Windows inside a block, and those on the border of two.
        inside = block - side + 1
        start = position - position % block
        if position - start < inside:
            count = inside
        else:
            start, count = start + inside, side - 1
    if count > most:
        further = (position - start) // most * most
        start, count = start + further, min(most, count - further)
    return start, min(count, last + 1 - start)


class GroupDraws:
    """Draws windows so that ``per_region`` neighbouring samples share a region.

    The draw of a sample depends on its key alone, whoever else is drawn.

    Args:
        index: Of the rasters.
        per_region: Samples of a group; sample ``i`` is of group ``i // per_region``.
    """

    def __init__(self, index: RasterIndex, per_region: int) -> None:
        self.index = index
        self.per_region = per_region

    def draw(
        self, key: SampleKey, attempt: int, rng: np.random.Generator
    ) -> tuple[int, Window, Window | None]:
        """Scene, window and region, None for a window that is read alone.

        Args:
            key: Of the sample.
            attempt: How many windows of this sample were refused; each attempt has a
                region of its own, which the group's other samples share.
            rng: Of the sample.
        """
        group = [key.seed, key.epoch, key.index // self.per_region]
        # Trailing zeros do not change a seed, so attempts count from one.
        shared = np.random.default_rng([*group, attempt + 1])
        scene, window = self.index.random_window(shared)
        cell = self._cell(scene, window)
        for _ in range(MAX_DRAWS if _is_small(cell) else 0):
            # Any of the positions in small cells, each equally likely.
            other = self.index.random_window(rng)
            if _is_small(self._cell(*other)):
                return *other, None
        col = cell.col + int(rng.integers(cell.cols))
        row = cell.row + int(rng.integers(cell.rows))
        place = Window(col, row, window.width, window.height)
        return scene, place, cell.region(window.width)

    def _cell(self, scene: int, window: Window) -> Cell:
        info = self.index.infos[scene]
        return cell_of(window, (info.width, info.height), block_size(info.path))


def _is_small(cell: Cell) -> bool:
    return cell.cols * cell.rows < MIN_POSITIONS


class _Kept:
    """The last regions of this process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.regions: OrderedDict[tuple, tuple[np.ndarray, np.ndarray]] = OrderedDict()

    def get(
        self,
        path: str,
        region: Window,
        bands: Bands,
        grid: GroundGrid | None,
        nearest: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        if self.pid != os.getpid():
            self.pid, self.regions = os.getpid(), OrderedDict()
        place = None if grid is None else grid.target.transform
        key = (path, region, as_choice(bands), place, nearest)
        if key not in self.regions:
            self.regions[key] = read_on(grid, path, region, bands, nearest)
            if len(self.regions) > MAX_KEPT:
                self.regions.popitem(last=False)
        self.regions.move_to_end(key)
        return self.regions[key]


_KEPT = _Kept()


def read_from_region(
    path: str,
    window: Window,
    region: Window | None,
    bands: Bands = None,
    grid: GroundGrid | None = None,
    nearest: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """As ``read_on``, by way of the region where there is one; returns copies."""
    if region is None:
        return read_on(grid, path, window, bands, nearest)
    pixels, valid = _KEPT.get(path, region, bands, grid, nearest)
    row, col = window.row - region.row, window.col - region.col
    part = np.s_[row : row + window.height, col : col + window.width]
    return pixels[part].copy(), valid[part].copy()
