"""Windows that share ground, held against polygons."""

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.crs import CRS

from glcnet_mm.rasters.raster_io import RasterInfo
from glcnet_mm.splits.overlap import overlapping, window_bounds

SIDE = 64


def scene(degrees, x=500_000, y=5_000_000, flip=-1):
    place = Affine.translation(x, y) * Affine.rotation(degrees) * Affine.scale(2, flip)
    crs = CRS.from_epsg(32633)
    return RasterInfo('a.tif', 256, 256, 3, 'uint8', None, crs, place, False)


def polygons(info, windows):
    for col, row, width, height in windows:
        ends = [(col, row), (col + width, row), (col + width, row + height),
                (col, row + height)]  # fmt: skip
        yield shapely.Polygon([info.transform * end for end in ends])


@pytest.mark.parametrize('degrees', [0, 1, 20, 45, 90, 200])
@pytest.mark.parametrize('flip', [-2, 2])
def test_windows_of_scenes_that_are_turned_alike_share_what_polygons_share(
    degrees, flip
):
    rng = np.random.default_rng(0)
    one, other = scene(degrees, flip=flip), scene(degrees, 500_090, 4_999_950, flip)
    grid = [(c, r) for c in range(0, 256, SIDE) for r in range(0, 256, SIDE)]
    places = np.array([*grid, *rng.integers(0, 256 - SIDE, (20, 2))])
    windows = np.column_stack([places, np.full((len(places), 2), SIDE)])
    infos = [one] * len(windows) + [other] * len(windows)
    bounds = np.concatenate([window_bounds(i, windows, one) for i in (one, other)])
    shapes = [*polygons(one, windows), *polygons(other, windows)]
    for number, shape in enumerate(shapes):
        common = [shape.intersection(another).area > 0.1 for another in shapes]
        assert overlapping(bounds[number], bounds).tolist() == common, infos[number]
