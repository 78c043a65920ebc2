"""Pixels of equal ground size: the same values at the same place, whatever the file."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.errors import UserError
from glcnet_mm.inspection.header_findings import scale_notes
from glcnet_mm.rasters.alignment import geotransform
from glcnet_mm.rasters.ground_grid import ground_grids, ground_scales, pixel_metres
from glcnet_mm.rasters.raster_io import Window, raster_info, read_window
from glcnet_mm.rasters.resample import GroundGrid

UTM = CRS.from_epsg(32633)
WEST, NORTH = 610000.0, 5400000.0
SIDE = 120.0
FOOT = 0.3048006096012192


def far(epsg):
    """Upper left of the ground in another CRS."""
    (x,), (y,) = transform(UTM, CRS.from_epsg(epsg), [WEST], [NORTH])
    return x, y


# CRS, geotransform and size of rasters that cover the ground, or nearly.
FILES = {
    'fine': (32633, from_origin(WEST, NORTH, 0.5, 0.5), (240, 240)),
    'metre': (32633, from_origin(WEST - 0.3, NORTH + 0.4, 1, 1), (120, 121)),
    'coarse': (32633, from_origin(WEST - 1.3, NORTH + 1.1, 2, 1.6), (62, 76)),
    'zone': (32632, from_origin(*far(32632), 0.7, 0.7), (170, 170)),
    'degrees': (4326, from_origin(*far(4326), 1.2e-5, 8e-6), (140, 135)),
    'mercator': (3857, from_origin(*far(3857), 1, 1), (180, 180)),
    'turned': (
        32633,
        Affine.translation(WEST + 40, NORTH + 10)
        * Affine.rotation(-35)
        * Affine.scale(0.8, -0.8),
        (150, 150),
    ),
    'south up': (32633, Affine(0.8, 0, WEST, 0, 0.8, NORTH - SIDE), (150, 150)),
}


def wave(east, north):
    """Three smooth bands of the ground, in metres from the corner."""
    x, y = np.asarray(east) - WEST, np.asarray(north) - NORTH
    return np.stack(
        [
            500 + 3 * x + 2 * y,
            500 + 200 * np.sin(x / 17 + 1) * np.cos(y / 23),
            500 + 150 * np.sin((x - 2 * y) / 40),
        ]
    )


def centres(transform_, width, height):
    cols, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return transform_ * (cols, rows)


def in_utm(crs, x, y):
    shape = np.shape(x)
    east, north = transform(crs, UTM, np.ravel(x), np.ravel(y))
    return np.reshape(east, shape), np.reshape(north, shape)


@pytest.fixture
def write(tmp_path, write_raster):
    """Rasterises the waves, or another function of the ground, in a file of a kind."""

    def write(kind, function=wave, dtype='float32', folder='images', **profile):
        epsg, place, (width, height) = FILES[kind]
        x, y = centres(place, width, height)
        pixels = function(*in_utm(CRS.from_epsg(epsg), x, y)).astype(dtype)
        path = tmp_path / folder / f'{kind}.tif'
        settings = dict(transform=place, crs=f'EPSG:{epsg}')
        return write_raster(path, pixels, **{**settings, **profile})

    return write


def see(path, gsd):
    info = raster_info(path)
    return GroundGrid(info, *ground_grids([info], gsd))


@pytest.mark.parametrize('gsd', [0.4, 1.0, 1.7])
@pytest.mark.parametrize('kind', FILES)
def test_the_same_ground_has_the_same_values(write, kind, gsd):
    """The first band is a plane, so its error is that of the position."""
    grid = see(write(kind), gsd)
    target = grid.target
    pixels, valid = grid.read(Window(-3, -2, target.width + 9, target.height + 6))
    x, y = centres(target.transform * Affine.translation(-3, -2), *pixels.shape[1::-1])
    east, north = in_utm(target.crs, x, y)
    error = np.abs(pixels.transpose(2, 0, 1) - wave(east, north))
    # Away from the border, where the kernel is cut.
    inner = valid & _inside(grid.source, target.crs, x, y, margin=4 * max(gsd, 2))
    assert inner.sum() > 0.5 * (100 / gsd) ** 2
    steepness, enlarged = np.hypot(3, 2), gsd < 0.5
    assert error[0][inner].max() < steepness * (0.001 if enlarged else 0.12) * gsd
    assert error[1:, inner].max() < 1.5
    inside = _inside(grid.source, target.crs, x, y, margin=0)
    assert (valid != inside).mean() < 0.005 and not pixels[~valid].any()


def _inside(source, crs, x, y, margin):
    """Which points lie in a raster, more than some metres from its border."""
    shape = x.shape
    x, y = transform(crs, source.crs, x.ravel(), y.ravel())
    cols, rows = (
        np.linalg.inv(geotransform(source)) @ np.stack([x, y, np.ones(len(x))])
    )[:2]
    margin = margin / pixel_metres([source])[0]
    found = (cols > margin) & (cols < source.width - margin)
    return (found & (rows > margin) & (rows < source.height - margin)).reshape(shape)


@pytest.mark.parametrize('kind', FILES)
def test_pixels_of_the_grid_have_the_size_asked_for(write, kind):
    grid = see(write(kind), 0.6)
    assert pixel_metres([grid.target])[0] == pytest.approx(0.6, rel=5e-3)
    assert grid.target.transform.b == grid.target.transform.d == 0
    assert grid.target.crs.to_epsg() in (32632, 32633)


HOLE = (slice(40, 90), slice(60, 120))


@pytest.mark.parametrize('gsd', [0.4, 1.0, 1.5])
def test_nodata_never_bleeds(write, gsd):
    """Neither as -9999, nor as 0 of all bands, nor as NaN, nor as a mask."""

    def holed(value):
        def function(east, north):
            pixels = np.full((3, *east.shape), 700.0)
            pixels[(slice(None), *HOLE)] = value
            return pixels

        return function

    kinds = dict(a=(-9999, 'float32', -9999), b=(0, 'uint16', 0))
    kinds['c'] = (np.nan, 'float32', None)
    for name, (value, dtype, nodata) in kinds.items():
        path = write('metre', holed(value), dtype, folder=name, nodata=nodata)
        grid = see(path, gsd)
        window = Window(0, 0, grid.target.width, grid.target.height)
        pixels, valid = grid.read(window)
        assert np.abs(pixels[valid] - 700.0).max() < 0.01
        assert not pixels[~valid].any()
        x, y = centres(grid.target.transform, *window[2:])
        cols, rows = ~FILES['metre'][1] * (x, y)
        lost = (rows > 40) & (rows < 90) & (cols > 60) & (cols < 120)
        near = np.abs(np.stack([rows - 40, rows - 90, cols - 60, cols - 120]))
        certain = near.min(0) > 0.51 * max(gsd, 1)
        inside = (cols < 120) & (rows < 121)
        assert np.array_equal(valid[certain], (inside & ~lost)[certain])


def test_masks_sparse_blocks_and_alpha_count_as_without_a_grid(write, tmp_path):
    path = write('metre', tiled=True, blockxsize=32, blockysize=32)
    with rasterio.open(path, 'r+') as target:
        mask = np.full((121, 120), 255, 'uint8')
        mask[HOLE] = 0
        target.write_mask(mask)
    _, valid = see(path, 0.5).read(Window(0, 0, 240, 242))
    assert not valid[84:176, 124:236].any()
    assert valid.mean() == pytest.approx(1 - 50 * 60 / 121 / 120, abs=0.01)
    sparse = dict(tiled=True, blockxsize=64, blockysize=64, sparse_ok=True)
    path = tmp_path / 'sparse.tif'
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        width=128,
        height=128,
        count=2,
        dtype='uint8',
        crs='EPSG:32633',
        transform=from_origin(WEST, NORTH, 1, 1),
        **sparse,
    ) as target:
        target.write(np.full((2, 64, 64), 9, 'uint8'), window=((0, 64), (64, 128)))
    pixels, valid = see(str(path), 0.5).read(Window(0, 0, 256, 256))
    expected = np.zeros((256, 256), bool)
    expected[:128, 128:] = True
    assert np.array_equal(valid, expected) and (pixels[valid] == 9).all()

    def infrared(east, north):
        pixels = np.full((4, *east.shape), 200)
        pixels[3] = 0
        pixels[3, 30:60] = 90
        return pixels

    path = write('turned', infrared, 'uint8', 'alpha', photometric='RGB', alpha='yes')
    grid = see(path, 0.9)
    pixels, valid = grid.read(Window(0, 0, grid.target.width, grid.target.height))
    assert 0.2 < valid.mean() < 0.9
    assert (pixels[valid][:, :3] == 200).all()
    assert pixels[valid][:, 3].min() == 0 and pixels[valid][:, 3].max() == 90


def test_a_window_in_pieces_is_the_window(write, monkeypatch):
    grid = see(write('degrees'), 1.3)
    window = Window(-5, 3, 70, 81)
    whole = grid.read(window)
    monkeypatch.setattr('glcnet_mm.rasters.resample.MAX_SOURCE_PIXELS', 900)
    pieces = grid.read(window)
    assert np.abs(whole[0] - pieces[0]).max() < 0.1
    assert np.array_equal(whole[1], pieces[1])


def test_a_file_of_that_pixel_size_is_read_as_it_is(write):
    path = write('metre', dtype='uint16')
    grid = see(path, 1.0)
    assert (grid.target.width, grid.target.height) == (120, 121)
    window = Window(20, 90, 50, 50)
    for ours, plain in zip(grid.read(window), read_window(path, window), strict=True):
        assert np.array_equal(ours, plain)


def test_feet_are_no_metres(write_raster, tmp_path):
    """New York's plane in US survey feet: pixels of 1 foot."""
    place = from_origin(900000, 700000, 1, 1)
    values = np.arange(200 * 160).reshape(1, 160, 200).astype('float32')
    path = write_raster(tmp_path / 'feet.tif', values, crs='EPSG:2263', transform=place)
    assert pixel_metres([raster_info(path)])[0] == pytest.approx(FOOT, rel=1e-3)
    grid = see(path, 3 * FOOT)
    assert grid.target.crs.to_epsg() == 2263
    assert (grid.target.width, grid.target.height) == (67, 54)
    pixels, valid = grid.read(Window(0, 0, 67, 54))
    # The centre of a pixel of three feet is that of the second one.
    assert np.abs(pixels[1:52, 1:65, 0] - values[0, 1::3, 1::3][1:52, 1:65]).max() < 1
    assert valid[:53, :66].all()


@pytest.mark.parametrize(
    'profile, gsd, message',
    [
        (dict(crs=None), 1, r'metre.tif has no CRS, .*georeference it, .* or drop gsd'),
        (dict(crs=None, transform=Affine.identity()), 1, 'metre.tif has no CRS'),
        ({}, 1e-3, r'metre.tif has pixels of 1 m, which gsd=0.001 would scale by more'),
        ({}, 100, 'correct gsd'),
        (dict(crs='EPSG:4326'), 1, 'metre.tif lies outside the area of its CRS'),
        (
            dict(crs='LOCAL_CS["pit",UNIT["metre",1]]'),
            1,
            'metre.tif lies outside the area of its CRS, .*pit',
        ),
        (
            dict(crs='EPSG:4326', transform=from_origin(0, 60, 0.5, 0.5)),
            3e4,
            'metre.tif spans more ground than one UTM zone',
        ),
    ],
)
def test_what_cannot_be_seen_in_metres_is_named(write, profile, gsd, message):
    with pytest.raises(ValueError, match=message):
        see(write('metre', **profile), gsd)


def test_rasters_without_crs_beside_others_are_named_at_the_start(write, tmp_path):
    write('fine')
    path = write('metre', crs=None)
    folder = str(tmp_path / 'images')
    with pytest.raises(ValueError, match=f'{path} has no CRS'):
        WindowDataset(folder, 32, [dict(type='LoadRaster')], gsd=1)
    plain = WindowDataset(folder, 32, [dict(type='LoadRaster')])
    metres = pixel_metres(plain.sources)
    assert np.nanmax(metres) == pytest.approx(0.5, rel=1e-3)
    (note,) = scale_notes(plain.sources, metres, None)
    assert f'1 raster has no CRS while others do, the first is {path}' in note


def test_one_file_that_lies_nowhere_does_not_hide_the_others(write):
    paths = [write('fine'), write('metre', transform=from_origin(5e9, 5e9, 1, 1))]
    metres = pixel_metres([raster_info(path) for path in paths])
    assert metres[0] == pytest.approx(0.5, rel=1e-3) and np.isnan(metres[1])


@pytest.mark.parametrize('crs', [None, 'EPSG:4326'])
def test_control_points_of_any_crs_are_no_grid(tmp_path, write_raster, crs):
    path = write_raster(
        tmp_path / 'gcps.tif', np.ones((1, 8, 8), 'uint8'), crs=None, transform=None
    )
    corners = [(0, 0, 12, 50), (0, 8, 12.1, 50), (8, 0, 12, 49.9), (8, 8, 12.1, 49.9)]
    with rasterio.open(path, 'r+') as file:
        points = [GroundControlPoint(*place) for place in corners]
        file.gcps = points, CRS() if crs is None else CRS.from_string(crs)
    for read in (lambda: see(path, 100), lambda: WindowDataset(path, 8, [], gsd=100.0)):
        with pytest.raises(UserError, match=r'gcps.tif has ground control points only'):
            read()
    assert np.isnan(pixel_metres([raster_info(path)])[0])
    assert WindowDataset(path, 8, [dict(type='LoadRaster')])[0]['valid'].all()


def test_control_points_alone_are_refused(imagery):
    path = str(imagery / 'large_scenes/cog_gcps.tif')
    with pytest.raises(ValueError, match='cog_gcps.tif has ground control points only'):
        see(path, 1000)


@pytest.mark.parametrize('lat', [-79.5, -33.0, 0.0, 48.3, 79.5])
def test_metres_per_degree_equal_the_radii_of_curvature(tmp_path, write_raster, lat):
    """Closed form on WGS 84: of the parallel, and of the meridian."""
    step = 1e-5
    place = from_origin(12 - 50 * step, lat + 50 * step, step, step)
    pixels = np.zeros((1, 100, 100), 'uint8')
    path = write_raster(tmp_path / 'a.tif', pixels, crs='EPSG:4326', transform=place)
    axis, e2 = 6378137.0, 0.0066943799901413165
    sine2 = np.sin(np.radians(lat)) ** 2
    parallel = axis / np.sqrt(1 - e2 * sine2) * np.cos(np.radians(lat))
    meridian = axis * (1 - e2) / (1 - e2 * sine2) ** 1.5
    expected = np.radians(np.diag([parallel, meridian]))
    found = ground_scales([raster_info(path)])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=0.02)


@pytest.mark.parametrize(
    ('lon', 'lat', 'code'),
    [
        (12.001, 48, 32633),
        (11.999, 48, 32632),
        (179.99, -1, 32760),
        (-179.99, 1, 32601),
        (5.0, 60, 32631),
        (15, 85, 32661),
        (15, -81, 32761),
    ],
)
def test_the_utm_zone_is_that_of_the_centre(tmp_path, write_raster, lon, lat, code):
    step = 1e-5
    place = from_origin(lon - 5 * step, lat + 5 * step, step, step)
    pixels = np.zeros((1, 10, 10), 'uint8')
    path = write_raster(tmp_path / 'a.tif', pixels, crs='EPSG:4326', transform=place)
    (grid,) = ground_grids([raster_info(path)], 1.0)
    assert grid.crs.to_epsg() == code
