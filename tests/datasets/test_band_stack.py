"""Bands of several files as one virtual raster."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from glcnet_mm.datasets.band_stack import stack_bands
from glcnet_mm.datasets.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)


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
        assert (info.bands, info.dtype, info.nodata) == (3, 'uint16', 0)
        with rasterio.open(f'{tmp_path}/rgb/a.tif') as original:
            assert (info.crs, info.transform) == (original.crs, original.transform)
        image, _ = read_window(path, Window(5, 0, 20, 30))
        assert np.array_equal(image, pixels[:, :, 5:25].transpose(1, 2, 0))


def test_the_folder_may_move_as_a_whole(tmp_path, folders):
    sources = {f'{tmp_path}/rgb': None, f'{tmp_path}/nir': None}
    stack_bands(f'{tmp_path}/stack', sources)
    moved = tmp_path / 'moved'
    moved.mkdir()
    for name in ('rgb', 'nir', 'stack'):
        (tmp_path / name).rename(moved / name)
    assert read_window(f'{moved}/stack/a.vrt', Window(0, 0, 4, 4))[0].any()


def test_what_does_not_fit_is_named_and_nothing_is_written(
    tmp_path, folders, write_raster
):
    rgb, nir, out = f'{tmp_path}/rgb', f'{tmp_path}/nir', tmp_path / 'stack'
    with pytest.raises(RasterReadError, match=r'nir/a.tif has 1 bands, not band 2'):
        stack_bands(str(out), {rgb: None, nir: [2]})
    far = from_origin(0, 0, 2, 2)
    ones = np.ones((1, 30, 40), 'uint16')
    write_raster(tmp_path / 'nir/b.tif', ones, transform=far)
    with pytest.raises(ValueError, match='b.tif lie in different places'):
        stack_bands(str(out), {rgb: None, nir: None})
    write_raster(tmp_path / 'nir/b.tif', ones[:, 1:])
    with pytest.raises(ValueError, match='b.tif has 40x29 pixels but .* 40x30'):
        stack_bands(str(out), {rgb: None, nir: None})
    (tmp_path / 'nir/b.tif').unlink()
    with pytest.raises(
        FileNotFoundError, match='rgb/b.tif has no further bands: .*nir/b'
    ):
        stack_bands(str(out), {rgb: None, nir: None})
    assert not out.exists() or not list(out.glob('*.vrt'))


def test_real_scenes_with_infrared_in_a_second_file(tmp_path, imagery):
    folder = imagery / 'india_rgb_nir'
    sources = {str(folder / 'images'): [1, 2, 3], str(folder / 'images_IR'): [1]}
    path = next(p for p in stack_bands(str(tmp_path), sources) if p.endswith('/37.vrt'))
    window = Window(300, 200, 64, 64)
    infrared = read_window(str(folder / 'images_IR/37.png'), window, [1])[0]
    image, valid = read_window(path, window)
    assert image.shape == (64, 64, 4) and valid.all()
    assert np.array_equal(image[..., 3:], infrared)
