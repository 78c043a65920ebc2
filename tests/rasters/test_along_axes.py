"""One axis after the other gives what GDAL's warper gives."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from glcnet_mm.rasters import resample
from glcnet_mm.rasters.along_axes import AxisMap, parallel_axes
from glcnet_mm.rasters.raster_io import Window, raster_info
from glcnet_mm.rasters.resample import GroundGrid

UTM = CRS.from_epsg(32633)
WEST, NORTH = 610000.0, 5400000.0
# Metres a pixel of the target, and its corner beside the raster's, for pixels of 1 m.
GRIDS = [
    (2.6667, 2.6667, 0.7, -0.3),
    (2, 2, 0, 0),
    (1.03, 1.03, 0.3, 0.4),
    (1.03, 0.5, 0.3, 0.4),
    (1.04, 3, 0.3, 0.4),
    (1.3, 4.1, -5.2, 3.3),
    (0.4, 0.4, 0.13, -0.21),
    (0.7, 1.9, -2.0, 2.0),
    (1, 1, 0.5, 0.25),
]


@pytest.fixture(params=['uint8', 'int16', 'uint16', 'float32', 'float64'])
def raster(request, write_raster, tmp_path):
    rng = np.random.default_rng(0)
    coarse = rng.integers(1, 120, (3, 20, 26)).repeat(4, 1).repeat(4, 2)
    pixels = coarse + rng.integers(0, 100, coarse.shape)
    pixels[:, 30:41, 50:70] = pixels[:, 3, 5] = pixels[:, :9, :4] = 0
    return write_raster(
        tmp_path / 'a.tif',
        pixels.astype(request.param),
        crs=UTM,
        transform=Affine(1, 0, WEST, 0, -1, NORTH),
        nodata=0,
    )


def both_ways(monkeypatch, source, target, window):
    grid = GroundGrid(source, target)
    ours = grid.read(window)
    with monkeypatch.context() as patch:
        patch.setattr(resample, 'parallel_axes', lambda *_: None)
        return ours, grid.read(window)


@pytest.mark.parametrize('upright', [True, False])
@pytest.mark.parametrize(('across', 'down', 'right', 'up'), GRIDS)
def test_equals_the_warper(monkeypatch, raster, across, down, right, up, upright):
    source = raster_info(raster)
    place = Affine(across, 0, WEST + right, 0, -down, NORTH + up)
    if not upright:
        place = Affine(across, 0, WEST + right, 0, down, NORTH - 80 + up)
    target = source._replace(width=400, height=400, transform=place)
    for window in (Window(0, 0, 24, 17), Window(-3, 5, 60, 40), Window(11, 9, 1, 1)):
        (pixels, valid), (expected, good) = both_ways(
            monkeypatch, source, target, window
        )
        assert pixels.dtype == expected.dtype
        assert (valid == good).mean() > 0.997  # a weight of a half may round either way
        both, far = valid & good, abs(pixels.astype(float) - expected)
        if pixels.dtype.kind == 'f':
            assert far[both].max(initial=0) < 1e-3
        else:
            assert far[both].max(initial=0) <= 1
            assert (far[both] > 0).mean() < 0.01
        assert (pixels[~valid] == 0).all()


def test_the_last_pixel_of_an_odd_size_is_the_warpers(
    monkeypatch, write_raster, tmp_path
):
    pixels = np.random.default_rng(0).integers(1, 255, (1, 61, 105), np.uint8)
    source = raster_info(write_raster(tmp_path / 'a.tif', pixels))
    target = source._replace(transform=source.transform * Affine.scale(2))
    window = Window(0, 0, 53, 31)
    (_, valid), (_, good) = both_ways(monkeypatch, source, target, window)
    assert (valid == good).all() and not valid[:, -1].any()


def test_weights_of_a_huge_step_are_no_more_than_the_source():
    weights = AxisMap(0.0, 1e6, 64, 1e6).weights(200)
    assert weights.nnz <= 64 * 200


def test_nan_stays_where_it_is(monkeypatch, write_raster, tmp_path):
    pixels = np.random.default_rng(0).random((2, 40, 40), np.float32)
    pixels[0, 10:20, 10:20] = np.nan
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=np.nan)
    source = raster_info(path)
    target = source._replace(transform=source.transform * Affine.scale(1.7))
    window = Window(0, 0, 23, 23)
    (found, valid), (expected, good) = both_ways(monkeypatch, source, target, window)
    assert not valid.all() and (valid == good).all()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_turned_and_foreign_grids_are_not_parallel(raster):
    source = raster_info(raster)
    window = region = Window(0, 0, 8, 8)
    turned = source._replace(transform=source.transform * Affine.rotation(0.01))
    foreign = source._replace(crs=CRS.from_epsg(32632))
    assert parallel_axes(source, turned, region, window) is None
    assert parallel_axes(source, foreign, region, window) is None
    assert parallel_axes(source, source, region, window) is not None


def test_weights_are_a_triangle_as_wide_as_the_larger_pixel():
    weights = AxisMap(2.0, 2.0, 3, 2.0).weights(12).toarray()
    row = np.zeros(12)
    row[1:5] = [1 / 8, 3 / 8, 3 / 8, 1 / 8]  # centre 3, between two pixels
    np.testing.assert_allclose(weights, [row, np.roll(row, 2), np.roll(row, 4)])
    finer = AxisMap(0.0, 0.5, 4, 1.0).weights(2).toarray()
    np.testing.assert_allclose(finer, [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]])
    assert not AxisMap(-2.0, 1.0, 1, 1.0).weights(4).toarray().any()
