"""Which scenes show common ground, and where windows lie on it."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
from rasterio.warp import transform, transform_bounds
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..rasters.alignment import (
    beside,
    full_turn,
    georeferenced,
    geotransform,
    ground_bounds,
    joined,
    next_to,
)
from ..rasters.raster_io import RasterInfo

# Bounds that meet by less than this share of a pixel touch: neighbours, whose origins
# are rounded, have no pixel in common.
SLACK_PX = 0.01
DEGREES = 'EPSG:4326'


def ground_groups(infos: Sequence[RasterInfo]) -> np.ndarray:
    """A number for each scene; scenes that overlap, or are linked by others, share it.

    Bounds decide, of different CRS in degrees. A scene that does not say where it lies
    shares ground with itself alone.
    """
    places: dict[str, list[int]] = {}
    files: dict[str, int] = {}
    pairs = []
    for number, info in enumerate(infos):
        first = files.setdefault(os.path.realpath(info.path), number)
        pairs.append((first, number))
        if georeferenced(info):
            name = info.crs.to_wkt() if info.crs else ''
            places.setdefault(name, []).append(number)
    for scenes in places.values():
        turn = full_turn(infos[scenes[0]].crs)
        bounds = np.array([ground_bounds(beside(infos[s], 0)) for s in scenes])
        slack = SLACK_PX * min(_pixel_sides(infos[scene]).min() for scene in scenes)
        pairs += [(scenes[i], scenes[j]) for i, j in _overlaps(bounds, slack, turn)]
    if sum(name != '' for name in places) > 1:
        scenes = [n for name, group in places.items() if name for n in group]
        bounds = np.array([_in_degrees(infos[scene]) for scene in scenes])
        pairs += [
            (scenes[i], scenes[j])
            for i, j in _overlaps(bounds, 0, 360)
            if infos[scenes[i]].crs != infos[scenes[j]].crs
        ]
    first, second = np.array(pairs).T
    links = coo_array((np.ones(len(pairs)), (first, second)), (len(infos),) * 2)
    return connected_components(links, directed=False)[1]


def unplaced(infos: Sequence[RasterInfo]) -> int:
    """Number of scenes that do not say where on the earth they lie."""
    return sum(info.crs is None for info in infos)


def window_bounds(
    info: RasterInfo, windows: np.ndarray, reference: RasterInfo
) -> np.ndarray:
    """``(N, 4)`` least and largest place along the sides of another scene's pixels.

    Exact where both scenes are turned alike; of others a rectangle around the window.

    Args:
        info: The scene of the windows.
        windows: ``(N, 4)`` column, row, width and height; what lies outside the scene
            is cut off.
        reference: A scene of the same group; its CRS counts, and its pixels are the
            unit.
    """
    col, row = windows[:, 0], windows[:, 1]
    right = np.minimum(col + windows[:, 2], info.width)
    bottom = np.minimum(row + windows[:, 3], info.height)
    col, row = np.maximum(col, 0), np.maximum(row, 0)
    # Corners and the middles of the sides, which another CRS bends.
    steps = np.array([(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1)])
    x = col[:, None] + steps[:, 0] * (right - col)[:, None]
    y = row[:, None] + steps[:, 1] * (bottom - row)[:, None]
    matrix = geotransform(info)
    ground_x, ground_y = np.tensordot(
        matrix[:2], np.stack([x, y, np.ones_like(x)]), axes=1
    )
    bent = 0.0
    if info.crs != reference.crs:
        moved = transform(info.crs, reference.crs, ground_x.ravel(), ground_y.ravel())
        moved = joined(reference.crs, np.asarray(moved[0])), moved[1]
        ground_x, ground_y = (np.reshape(values, x.shape) for values in moved)
        bent = 1.0
    ground_x = next_to(reference, ground_x)
    to_pixels = np.linalg.inv(geotransform(reference)[:2, :2])
    x, y = np.tensordot(to_pixels, np.stack([ground_x, ground_y]), axes=1)
    return np.stack(
        [x.min(1) - bent, x.max(1) + bent, -y.max(1) - bent, -y.min(1) + bent], axis=1
    )


def bounds_inside(windows: np.ndarray) -> np.ndarray:
    """``(N, 4)`` bounds of windows ``(N, 4)`` of one scene among each other."""
    col, row, width, height = windows.T
    return np.stack([col, col + width, row, row + height], axis=1)


def overlapping(bounds: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which windows have ground in common with one, ``(N,)`` bool.

    Args:
        bounds: Of the one, as of ``window_bounds``, which those of one group share.
        others: ``(N, 4)``.
    """
    left, right, low, high = bounds
    lefts, rights, lows, highs = others.T
    x = (lefts < right - SLACK_PX) & (rights > left + SLACK_PX)
    return x & (lows < high - SLACK_PX) & (highs > low + SLACK_PX)


def _pixel_sides(info: RasterInfo) -> np.ndarray:
    """Lengths of the two sides of a pixel on the ground."""
    return np.hypot(*geotransform(info)[:2, :2])


def _in_degrees(info: RasterInfo) -> np.ndarray:
    bounds = ground_bounds(beside(info, 0))
    left, bottom, right, top = transform_bounds(info.crs, DEGREES, *bounds)
    right += 360 * (left > right)  # across the antimeridian
    return np.array([left, bottom, right, top])


def _overlaps(
    bounds: np.ndarray, slack: float, turn: float
) -> Iterator[tuple[int, int]]:
    """Pairs of overlapping rectangles, by a sweep from left to right.

    Those at the antimeridian may lie at either end of a ``turn``, 0 where none is.
    """
    count = len(bounds)
    if turn:
        bounds = np.concatenate([bounds, bounds + (turn, 0, turn, 0)])
    left, bottom, right, top = bounds.T
    order = np.argsort(left)
    starts = left[order]
    for place, i in enumerate(order):
        end = np.searchsorted(starts, right[i] - slack)
        others = order[place + 1 : max(end, place + 1)]
        meets = (bottom[others] < top[i] - slack) & (top[others] > bottom[i] + slack)
        for j in others[meets]:
            yield int(i) % count, int(j) % count
