"""Bands of several files as one virtual raster."""

import os

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform

from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)
from glcnet_mm.rasters.references import allow_folder


@pytest.fixture
def folders(tmp_path, write_raster):
    """Two scenes with colour in one folder and infrared in another."""
    rng = np.random.default_rng(0)
    pixels = {}
    for name in ('a', 'b'):
        colour = rng.integers(1, 255, (4, 30, 40)).astype('uint8')
        infrared = rng.integers(1, 9999, (1, 30, 40)).astype('uint16')
        infrared[:, 0] = 0
        write_raster(tmp_path / f'rgb/{name}.tif', colour, nodata=0)
        write_raster(tmp_path / f'nir/{name}.tif', infrared, nodata=0)
        pixels[name] = np.concatenate([colour[[2, 0]], infrared])
    return pixels


def test_stacked_bands_are_those_of_the_files(tmp_path, folders):
    sources = {f'{tmp_path}/rgb': [3, 1], f'{tmp_path}/nir': None}
    written = stack_bands(f'{tmp_path}/out/stack', sources)
    assert written == [f'{tmp_path}/out/stack/{name}.vrt' for name in 'ab']
    for path, pixels in zip(written, folders.values(), strict=True):
        info = raster_info(path)
        assert (info.bands, info.dtype, info.masked) == (3, 'uint16', True)
        with rasterio.open(f'{tmp_path}/rgb/a.tif') as original:
            assert (info.crs, info.transform) == (original.crs, original.transform)
        image, valid = read_window(path, Window(5, 0, 20, 30))
        # The infrared file has no data in its first row.
        assert not valid[0].any() and valid[1:].all() and not image[0].any()
        assert np.array_equal(image[1:], pixels[:, 1:, 5:25].transpose(1, 2, 0))


def test_the_folder_may_move_as_a_whole(tmp_path, folders):
    sources = {f'{tmp_path}/rgb': None, f'{tmp_path}/nir': None}
    stack_bands(f'{tmp_path}/stack', sources)
    moved = tmp_path / 'moved'
    moved.mkdir()
    for name in ('rgb', 'nir', 'stack'):
        (tmp_path / name).rename(moved / name)
    allow_folder(str(moved))
    assert read_window(f'{moved}/stack/a.vrt', Window(0, 0, 4, 4))[0].any()


def test_what_does_not_fit_is_named_and_nothing_is_written(
    tmp_path, folders, write_raster
):
    rgb, nir, out = f'{tmp_path}/rgb', f'{tmp_path}/nir', tmp_path / 'stack'
    with pytest.raises(RasterReadError, match=r'nir/a.tif has 1 band, not band 2'):
        stack_bands(str(out), {rgb: None, nir: [2]})
    far = from_origin(0, 0, 2, 2)
    ones = np.ones((1, 30, 40), 'uint16')
    write_raster(tmp_path / 'nir/b.tif', ones, transform=far)
    with pytest.raises(ValueError, match='b.tif lie in different places'):
        stack_bands(str(out), {rgb: None, nir: None})
    write_raster(tmp_path / 'nir/b.tif', ones, crs=None)
    with pytest.raises(ValueError, match='nir/b.tif has no CRS but .*rgb/b.tif has'):
        stack_bands(str(out), {rgb: None, nir: None})
    bare = dict(crs=None, transform=Affine.identity())
    write_raster(tmp_path / 'nir/b.tif', ones[:, 1:], **bare)
    with pytest.raises(ValueError, match='nir/b.tif has no CRS but .*rgb/b.tif has'):
        stack_bands(str(out), {rgb: None, nir: None})
    write_raster(tmp_path / 'rgb/b.tif', ones, **bare)
    with pytest.raises(ValueError, match='b.tif has 40x29 pixels but .* 40x30'):
        stack_bands(str(out), {rgb: None, nir: None})
    with pytest.raises(ValueError, match='resampling=best is none of'):
        stack_bands(str(out), {rgb: None}, 'best')
    (tmp_path / 'nir/b.tif').unlink()
    with pytest.raises(
        FileNotFoundError, match='rgb/b.tif has no further bands: .*nir/b'
    ):
        stack_bands(str(out), {rgb: None, nir: None})
    assert not out.exists() or not list(out.iterdir())


def test_real_scenes_with_infrared_in_a_second_file(tmp_path, imagery):
    folder = imagery / 'india_rgb_nir'
    sources = {str(folder / 'images'): [1, 2, 3], str(folder / 'images_IR'): [1]}
    path = next(p for p in stack_bands(str(tmp_path), sources) if p.endswith('/37.vrt'))
    window = Window(300, 200, 64, 64)
    infrared = read_window(str(folder / 'images_IR/37.png'), window, [1])[0]
    image, valid = read_window(path, window)
    assert image.shape == (64, 64, 4) and valid.all()
    assert np.array_equal(image[..., 3:], infrared)


UTM = CRS.from_epsg(32633)
WEST, NORTH = 610000.0, 5400000.0
OPTICAL = dict(crs=UTM, transform=from_origin(WEST, NORTH, 0.5, 0.5))


def grid_in(epsg, x_size, y_size, west, north):
    (x,), (y,) = transform(UTM, CRS.from_epsg(epsg), [WEST + west], [NORTH + north])
    return dict(crs=CRS.from_epsg(epsg), transform=from_origin(x, y, x_size, y_size))


SAR = {
    'same crs': grid_in(32633, 1.3, 1.3, 12.4, -9.3),
    'other zone': grid_in(32632, 1.3, 1.3, 12.4, -9.3),
    'degrees': grid_in(4326, 1.8e-5, 1.2e-5, 12.4, -9.3),
    'turned': dict(
        crs=UTM,
        transform=Affine.translation(WEST + 25, NORTH - 5)
        * Affine.rotation(-25)
        * Affine.scale(1.3, -1.3),
    ),
    'finer': grid_in(32633, 0.2, 0.2, 12.4, -9.3),
}


def ground(profile, height, width):
    cols, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = profile['transform'] * (cols, rows)
    east, north = transform(profile['crs'], UTM, x.ravel(), y.ravel())
    return np.reshape(east, x.shape) - WEST, np.reshape(north, x.shape) - NORTH


def backscatter(east, north):
    return np.stack([-15 + east / 9 + north / 7, 3 * np.sin(east / 8) - 20])


@pytest.mark.parametrize('nodata', [-9999.0, np.nan, None, 0.0])
@pytest.mark.parametrize('kind', SAR)
def test_optical_and_sar_of_other_grids_are_aligned(
    tmp_path, write_raster, kind, nodata
):
    """Against the function that both were rasterised from."""
    size = (300, 300) if kind == 'finer' else (52, 48)
    optical = np.random.default_rng(0).integers(1, 999, (4, 160, 200), 'uint16')
    write_raster(tmp_path / 'rgbn/a.tif', optical, **OPTICAL)
    radar = backscatter(*ground(SAR[kind], *size)).astype('float32')
    hole = (slice(10, 20), slice(12, 24))
    if nodata is not None:
        radar[(slice(None), *hole)] = nodata
    write_raster(tmp_path / 'sar/a.tif', radar, **SAR[kind], nodata=nodata)
    folders = {f'{tmp_path}/rgbn': [4, 1], f'{tmp_path}/sar': [2, 1]}
    (path,) = stack_bands(f'{tmp_path}/stack', folders)
    info = raster_info(path)
    assert (info.width, info.height, info.bands) == (200, 160, 4)
    assert (info.crs, info.transform) == (UTM, OPTICAL['transform'])
    image, valid = read_window(path, Window(0, 0, 200, 160))
    assert np.array_equal(
        image[valid][:, :2], optical[[3, 0]].transpose(1, 2, 0)[valid]
    )
    east, north = ground(OPTICAL, 160, 200)
    x, y = transform(UTM, SAR[kind]['crs'], east.ravel() + WEST, north.ravel() + NORTH)
    x, y = np.reshape([x, y], (2, 160, 200))
    cols, rows = ~SAR[kind]['transform'] * (x, y)
    inside = (cols > 0) & (cols < size[1]) & (rows > 0) & (rows < size[0])
    lost = (rows > 10) & (rows < 20) & (cols > 12) & (cols < 24) & (nodata is not None)
    edges = [cols, cols - size[1], rows, rows - size[0]]
    edges += [rows - 10, rows - 20, cols - 12, cols - 24]
    certain = np.abs(edges).min(0) > (1.5 if kind == 'finer' else 0.55)
    assert np.array_equal(valid[certain], (inside & ~lost)[certain])
    expected = backscatter(east, north)[[1, 0]].transpose(1, 2, 0)
    error = np.abs(image[..., 2:] - expected)
    assert error[valid].max() < 0.35 and error[valid & certain].mean() < 0.02
    assert 0.1 < valid.mean() < 0.9 and not image[~valid].any()


def test_a_band_tagged_alpha_is_aligned_as_data(tmp_path, write_raster):
    east, north = ground(SAR['other zone'], 52, 48)
    pixels = np.stack([np.full(east.shape, v) for v in (50, 60, 70, 0)]).astype('uint8')
    pixels[3, 20:30] = 90
    profile = dict(SAR['other zone'], photometric='RGB', alpha='yes')
    write_raster(tmp_path / 'ms/a.tif', pixels, **profile)
    write_raster(tmp_path / 'pan/a.tif', np.ones((160, 200), 'uint8'), **OPTICAL)
    (path,) = stack_bands(
        f'{tmp_path}/stack', {f'{tmp_path}/pan': None, f'{tmp_path}/ms': None}, 'cubic'
    )
    image, valid = read_window(path, Window(0, 0, 200, 160))
    assert 0.5 < valid.mean() < 0.9
    assert (image[valid][:, :4] == [1, 50, 60, 70]).all()
    assert np.median(image[valid][:, 4]) == 0 and image[..., 4].max() >= 90


def test_masks_of_either_file_count_and_the_folder_may_move(tmp_path, write_raster):
    holes = dict(pan=(slice(40, 60), slice(70, 90)), ms=(slice(20, 40), slice(30, 50)))
    for name, profile in dict(pan=OPTICAL, ms=SAR['same crs']).items():
        path = tmp_path / f'all/{name}/a.tif'
        write_raster(path, np.full((2, 160, 200), 9, 'uint8'), **profile)
        mask = np.full((160, 200), 255, 'uint8')
        mask[holes[name]] = 0
        with rasterio.open(path, 'r+') as target:
            target.write_mask(mask)
    folder = f'{tmp_path}/all'
    stack_bands(f'{folder}/stack', {f'{folder}/pan': None, f'{folder}/ms': None})
    (tmp_path / 'all').rename(tmp_path / 'moved')
    allow_folder(f'{tmp_path}/moved')
    path = f'{tmp_path}/moved/stack/a.vrt'
    image, valid = read_window(path, Window(0, 0, 200, 160))
    x, y = OPTICAL['transform'] * (np.arange(200) + 0.5, np.arange(200) + 0.5)
    cols, rows = ~SAR['same crs']['transform'] * (x, y)
    expected = (rows[:160, None] > 0) & (cols > 0)
    expected[holes['pan']] = False
    expected[
        np.ix_((rows[:160] > 20) & (rows[:160] < 40), (cols > 30) & (cols < 50))
    ] = False
    edges = np.abs(np.stack([rows, rows - 20, rows - 40])).min(0)[:160, None] > 0.3
    edges = edges & (np.abs(np.stack([cols, cols - 30, cols - 50])).min(0) > 0.3)
    assert np.array_equal(valid[edges], expected[edges])
    assert (image[valid] == 9).all()
    (tmp_path / 'moved/ms/a.tif').unlink()
    with pytest.raises(
        RasterReadError, match=r'a.vrt refers to .*moved/ms/a.tif, which'
    ):
        raster_info(path)


def test_nodata_of_one_file_counts_beside_another_of_other_nodata(
    tmp_path, write_raster
):
    """As of Sentinel-2 with 0 and Sentinel-1 with NaN."""
    optical = np.full((3, 40, 40), 7, 'int16')
    optical[:, :10] = 0
    optical[1, 20:30] = 0  # one band alone may be 0
    radar = np.full((2, 40, 40), -12, 'float32')
    radar[0, :, 35:] = np.nan
    write_raster(tmp_path / 's2/a.tif', optical, nodata=0)
    write_raster(tmp_path / 's1/a.tif', radar, nodata=np.nan)
    folders = {f'{tmp_path}/s2': None, f'{tmp_path}/s1': None}
    (path,) = stack_bands(f'{tmp_path}/stack', folders)
    image, valid = read_window(path, Window(0, 0, 40, 40))
    expected = np.ones((40, 40), bool)
    expected[:10] = expected[:, 35:] = False
    assert np.array_equal(valid, expected)
    assert (image[25, :35] == [7, 0, 7, -12, -12]).all()


@pytest.mark.parametrize('first, second', [('S2L2A', 'S1RTC'), ('S1RTC', 'S2L2A')])
def test_real_optical_and_sar_of_five_places(tmp_path, imagery, first, second):
    folder = imagery / 'terramesh'
    written = stack_bands(
        str(tmp_path), {str(folder / first): None, str(folder / second): None}
    )
    assert len(written) == 5
    for path in written:
        image, valid = read_window(path, Window(0, 0, 224, 224))
        parts = [
            read_window(
                str(folder / name / path.split('/')[-1]).replace('vrt', 'tif'),
                Window(0, 0, 224, 224),
            )
            for name in (first, second)
        ]
        assert image.shape == (224, 224, 14)
        assert np.array_equal(valid, parts[0][1] & parts[1][1])
        joined = np.concatenate([part[0] for part in parts], 2)
        assert np.array_equal(image[valid], joined[valid])


def test_a_real_chip_with_its_radar(tmp_path, imagery):
    """Once as delivered, once with the radar warped to UTM at 17 m beforehand."""
    chip = imagery / 'sen1floods11_chip'
    for name, old in dict(
        S2='S2/Spain_7370579_S2Hand', S1='S1/Spain_7370579_S1Hand'
    ).items():
        (tmp_path / name).mkdir()
        (tmp_path / name / 'a.tif').symlink_to(chip / f'{old}.tif')
    (tmp_path / 'utm').mkdir()
    radar = rasterio.open(tmp_path / 'S1/a.tif')
    with radar, WarpedVRT(radar, crs='EPSG:32630', resampling=1) as warped:
        profile = warped.profile | dict(driver='GTiff')
        with rasterio.open(tmp_path / 'utm/a.tif', 'w', **profile) as target:
            target.write(warped.read())
    images = {}
    for name in ('S1', 'utm'):
        folders = {f'{tmp_path}/S2': [4, 8], f'{tmp_path}/{name}': None}
        (path,) = stack_bands(f'{tmp_path}/stack_{name}', folders)
        images[name] = read_window(path, Window(0, 0, 512, 512))
    (plain, valid), (aligned, valid2) = images.values()
    both = valid & valid2
    assert both.mean() > 0.95 * valid.mean()
    assert np.array_equal(plain[both][:, :2], aligned[both][:, :2])
    # Twice interpolated speckle is smoother, but of the same place: any shift is worse.
    a, b = (np.where(both, i[..., 2], np.nan) for i in (plain, aligned))
    likeness = {
        shift: _correlation(a, np.roll(b, shift, (0, 1)))
        for shift in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
    }
    assert likeness[0, 0] > 0.9 and max(likeness, key=likeness.get) == (0, 0)


def _correlation(a, b):
    known = np.isfinite(a) & np.isfinite(b)
    return np.corrcoef(a[known], b[known])[0, 1]


def test_stacks_among_their_own_sources_are_refused(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a/x.tif', np.ones((1, 8, 8), 'uint8'))
    for sources in (tmp_path / 'a', tmp_path / 'a/*'):
        with pytest.raises(ValueError, match=r'x.vrt would lie where .* is searched'):
            stack_bands(str(tmp_path / 'a'), {str(sources): None})
    assert os.listdir(tmp_path / 'a') == ['x.tif']
    assert stack_bands(str(tmp_path / 'a'), {path: None})
