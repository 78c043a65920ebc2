"""Where the pixels of one raster lie in another, through their geotransforms."""

from functools import lru_cache
from typing import Any

import numpy as np
from affine import Affine
from rasterio._err import CPLE_BaseError  # which transform lets through
from rasterio.warp import transform

from .raster_io import RasterInfo, Window

MAX_PIXEL_RATIO = 4.0
GRID_POINTS = 9


def window_to_raster(
    first: RasterInfo, window: Window, second: RasterInfo
) -> np.ndarray:
    """Matrix ``(3, 3)`` from pixels of a window of ``first`` to those of ``second``.

    Both in one CRS. Pixel centres are at whole numbers, as in the matrices of views;
    geotransforms count from the corner of a pixel, half a pixel off.
    """
    to_corner = _shift(window.col + 0.5, window.row + 0.5)
    # Solving subtracts the two large origins first, which costs no digits.
    ground = geotransform(first) @ to_corner
    second = beside(second, float((ground @ (*window[2:], 2))[0] / 2))
    return _shift(-0.5, -0.5) @ np.linalg.solve(geotransform(second), ground)


def covering_window(matrix: np.ndarray, width: int, height: int) -> Window:
    """The pixels that a window of ``width`` x ``height`` needs, for bilinear reading.

    Args:
        matrix: Of ``window_to_raster``.
        width: Of the window, in its own pixels.
        height: Of the window, in its own pixels.
    """
    columns, rows = _grid(matrix, width, height, 2)
    col, row = int(np.floor(columns.min())) - 1, int(np.floor(rows.min())) - 1
    last_col, last_row = int(np.ceil(columns.max())), int(np.ceil(rows.max()))
    return Window(col, row, last_col + 2 - col, last_row + 2 - row)


def covered_share(
    matrix: np.ndarray, width: int, height: int, raster: RasterInfo
) -> float:
    """Share of a window that lies inside a raster, from a grid of its points."""
    columns, rows = _grid(matrix, width, height, 9)
    # A rounding error of the matrix must not push a common border outside.
    slack = 1e-6
    inside_x = (columns >= -0.5 - slack) & (columns <= raster.width - 0.5 + slack)
    inside_y = (rows >= -0.5 - slack) & (rows <= raster.height - 0.5 + slack)
    return float((inside_x & inside_y).mean())


def points_in(
    source: RasterInfo, target: RasterInfo, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Corner-based pixel coordinates of target points in the source, ``(2, n)``."""
    ground = geotransform(target) @ np.stack([x, y, np.ones(len(x))])
    east, north = to_crs(target.crs, source.crs, *ground[:2])
    if target.crs != source.crs:
        east = joined(source.crs, east)
    east = next_to(source, east)
    # Subtracting the origin first keeps the digits of large coordinates.
    matrix = geotransform(source)
    offset = np.stack([east, north]) - matrix[:2, 2:]
    return np.linalg.solve(matrix[:2, :2], offset)


def covered(source: RasterInfo, target: RasterInfo, window: Window) -> float:
    """Share of a window of the target's grid that lies in a raster of any CRS."""
    columns, rows = points_in(source, target, *window_points(window))
    # Rounding must not push a common border outside.
    inside = (columns > -1e-6) & (columns < source.width + 1e-6)
    inside &= (rows > -1e-6) & (rows < source.height + 1e-6)
    return float(inside.mean())


def from_region(matrix: np.ndarray, region: Window) -> np.ndarray:
    """The matrix with its results counted from the upper left of a region."""
    return _shift(-region.col, -region.row) @ matrix


@lru_cache(maxsize=1024)
def full_turn(crs: Any) -> float:
    """360 degrees in the units of a CRS; 0 where its coordinates are no angles."""
    if crs is None or not crs.is_geographic:
        return 0.0
    return float(2 * np.pi / crs.units_factor[1])


def joined(crs: Any, x: np.ndarray) -> np.ndarray:
    """Longitudes of neighbouring points without the jump at the antimeridian."""
    turn, known = full_turn(crs), np.flatnonzero(np.isfinite(x))
    if not turn or not known.size:
        return x
    return x - turn * np.rint((x - x[known[0]]) / turn)


def next_to(info: RasterInfo, x: np.ndarray) -> np.ndarray:
    """Coordinates moved together by whole turns to where a raster lies.

    Longitudes are modulo 360 degrees: 250 in one file is -110 in another. Coordinates
    that are no angles stay as they are.
    """
    turn, known = full_turn(info.crs), x[np.isfinite(x)]
    if not turn or not known.size:
        return x
    centre = (geotransform(info) @ (info.width, info.height, 2))[0] / 2
    return x - turn * np.rint(((known.min() + known.max()) / 2 - centre) / turn)


def beside(info: RasterInfo, x: float) -> RasterInfo:
    """A header moved by whole turns so that its centre is the closest to ``x``."""
    turns = x - next_to(info, np.array([float(x)]))[0]
    if not turns:
        return info
    return info._replace(transform=Affine.translation(turns, 0) @ info.transform)


def part_of(info: RasterInfo, window: Window) -> RasterInfo:
    """Header of a window, as if it were a raster of its own."""
    place = info.transform * Affine.translation(window.col, window.row)
    return info._replace(width=window.width, height=window.height, transform=place)


def ground_bounds(info: RasterInfo, window: Window | None = None) -> np.ndarray:
    """``(left, bottom, right, top)`` of a raster or a window, in units of the CRS."""
    window = window or Window(0, 0, info.width, info.height)
    corners = geotransform(info) @ [
        [window.col + dx * window.width for dx in (0, 1, 0, 1)],
        [window.row + dy * window.height for dy in (0, 0, 1, 1)],
        [1, 1, 1, 1],
    ]
    return np.concatenate([corners[:2].min(1), corners[:2].max(1)])


def pixel_size(info: RasterInfo) -> float:
    """Root of the area of a pixel, in units of the CRS."""
    return float(np.sqrt(abs(np.linalg.det(geotransform(info)[:2, :2]))))


def georeferenced(info: RasterInfo) -> bool:
    """Whether the file says where it lies.

    Without a CRS, pixels that are only given a size lie nowhere.
    """
    matrix = geotransform(info)
    only_sized = not matrix[:2, 2].any() and not matrix[0, 1] and not matrix[1, 0]
    return info.crs is not None or not only_sized


def geotransform(info: RasterInfo) -> np.ndarray:
    """``(3, 3)``, from corners of pixels to the ground."""
    return np.array(tuple(info.transform)[:6] + (0, 0, 1), np.float64).reshape(3, 3)


def to_crs(
    first: Any, second: Any, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of one CRS in another; not finite where that cannot say them."""
    if first == second:
        return x, y
    if turn := full_turn(first):
        x = x - turn * np.rint(x / turn)  # further turns are not known everywhere
    try:
        x, y = transform(first, second, x, y)
    except CPLE_BaseError:
        # One point that cannot be told spoils the call: find the others by halves.
        half = len(x) // 2
        if not half:
            return np.full(1, np.nan), np.full(1, np.nan)
        parts = [
            to_crs(first, second, x[p], y[p]) for p in (slice(half), slice(half, None))
        ]
        x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
    return np.asarray(x), np.asarray(y)


def window_points(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of a grid of places from border to border."""
    x, y = np.meshgrid(
        window.col + np.linspace(0, window.width, GRID_POINTS),
        window.row + np.linspace(0, window.height, GRID_POINTS),
    )
    return x.ravel(), y.ravel()


def _grid(
    matrix: np.ndarray, width: int, height: int, points: int
) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of ``points`` x ``points`` places from border to border."""
    x, y = np.meshgrid(
        np.linspace(-0.5, width - 0.5, points), np.linspace(-0.5, height - 0.5, points)
    )
    moved = matrix @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return moved[0], moved[1]


def _shift(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
