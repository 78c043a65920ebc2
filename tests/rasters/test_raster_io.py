"""Reading headers and windows of real files, and the faults they come with."""

import multiprocessing
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from glcnet_mm.rasters.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)


@pytest.mark.parametrize('dtype', ['uint8', 'uint16', 'int16', 'float32'])
@pytest.mark.parametrize('bands', [1, 4, 13])
def test_window_equals_the_array_in_its_own_dtype(tmp_path, write_raster, dtype, bands):
    pixels = np.random.default_rng(0).integers(0, 255, (bands, 40, 50)).astype(dtype)
    path = write_raster(tmp_path / 'a.tif', pixels)
    image, valid = read_window(path, Window(7, 3, 20, 10))
    assert image.dtype == dtype and valid.all()
    assert np.array_equal(image, pixels[:, 3:13, 7:27].transpose(1, 2, 0))


def test_bands_are_chosen_in_order(tmp_path, write_raster):
    pixels = np.arange(4)[:, None, None] + np.zeros((4, 8, 8), 'uint8')
    path = write_raster(tmp_path / 'a.tif', pixels.astype('uint8'))
    image, _ = read_window(path, Window(0, 0, 2, 2), [4, 1, 2])
    assert image[0, 0].tolist() == [3, 0, 1]
    with pytest.raises(RasterReadError, match=r'has 4 bands but .* \[5\]'):
        read_window(path, Window(0, 0, 2, 2), [5])


def test_outside_the_raster_is_invalid(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', np.full((1, 10, 10), 7, 'uint8'))
    image, valid = read_window(path, Window(-2, 6, 8, 8))
    assert valid.sum() == 6 * 4 and valid[:4, 2:].all()
    assert (image[valid] == 7).all() and (image[~valid] == 0).all()
    image, valid = read_window(path, Window(50, 50, 4, 4))
    assert not valid.any()


def test_nodata_is_invalid_only_where_all_bands_hold_it(tmp_path, write_raster):
    pixels = np.full((2, 4, 4), 9, 'uint8')
    pixels[:, 0, 0] = 0
    pixels[0, 1, 1] = 0
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=0)
    _, valid = read_window(path, Window(0, 0, 4, 4))
    assert not valid[0, 0] and valid.sum() == 15


def test_nan_and_infinity_are_invalid_and_zero(tmp_path, write_raster):
    pixels = np.ones((2, 4, 4), 'float32')
    pixels[0, 0, 0], pixels[1, 2, 2] = np.nan, np.inf
    image, valid = read_window(
        write_raster(tmp_path / 'a.tif', pixels), Window(0, 0, 4, 4)
    )
    assert not valid[0, 0] and not valid[2, 2] and valid.sum() == 14
    assert np.isfinite(image).all() and (image[0, 0] == 0).all()


def test_a_fourth_band_tagged_alpha_is_data(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (4, 16, 16)).astype('uint8')
    pixels[3, :4] = 0
    path = write_raster(tmp_path / 'a.tif', pixels, photometric='RGB', alpha='yes')
    with rasterio.open(path) as source:
        assert source.colorinterp[3] == ColorInterp.alpha
    image, valid = read_window(path, Window(0, 0, 16, 16))
    assert np.array_equal(image, pixels.transpose(1, 2, 0)) and valid.all()


def test_missing_file_and_text_file_named_tif(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.tif does not exist'):
        raster_info(str(tmp_path / 'gone.tif'))
    text = tmp_path / 'text.tif'
    text.write_text('not a raster')
    with pytest.raises(RasterReadError, match='text.tif is not a readable raster'):
        raster_info(str(text))


@pytest.mark.parametrize('compress', ['none', 'deflate'])
def test_a_truncated_tiff_is_found_without_reading_it(tmp_path, write_raster, compress):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 256, 256)).astype('uint8')
    path = tmp_path / 'a.tif'
    write_raster(
        path, pixels, compress=compress, tiled=True, blockxsize=64, blockysize=64
    )
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(RasterReadError, match='a.tif is truncated'):
        raster_info(str(path))


def test_damage_inside_a_compressed_file_names_file_and_window(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (1, 128, 128)).astype('uint8')
    path = tmp_path / 'a.tif'
    write_raster(path, pixels, compress='deflate')
    data = bytearray(path.read_bytes())
    data[3000:3400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(RasterReadError, match=r'a.tif is damaged .*window \(0, 0'):
        read_window(str(path), Window(0, 0, 128, 128))


def _sum_in_child(path, results):
    results.put(int(read_window(path, Window(0, 0, 64, 64))[0].sum()))


def test_a_forked_worker_opens_its_own_handle(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (2, 64, 64)).astype('uint8')
    path = write_raster(tmp_path / 'a.tif', pixels, compress='deflate')
    read_window(path, Window(0, 0, 64, 64))  # the parent holds an open handle
    context = multiprocessing.get_context('fork')
    results = context.Queue()
    child = context.Process(target=_sum_in_child, args=(path, results))
    child.start()
    assert results.get(timeout=60) == int(pixels.sum())
    child.join()


def test_real_files_with_nodata_and_control_points(imagery):
    folder = imagery / 'large_scenes'
    info = raster_info(str(folder / 'cog_nodata.tif'))
    assert (info.width, info.height, info.dtype) == (2658, 2667, 'uint16')
    _, valid = read_window(info.path, Window(0, 0, info.width, info.height))
    assert 0 < valid.mean() < 1


def test_a_directory_that_leads_nowhere_is_damage_with_a_name(tmp_path, write_raster):
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write_raster(tmp_path / 'mask.tif', np.ones((1, 40, 40), np.uint8))
        with rasterio.open(path, 'r+') as file:
            file.write_mask(np.eye(40, dtype=bool))
    content = bytearray(Path(path).read_bytes())
    (first,) = struct.unpack_from('<I', content, 4)
    (entries,) = struct.unpack_from('<H', content, first)
    struct.pack_into('<I', content, first + 2 + 12 * entries, len(content) - 3)
    Path(path).write_bytes(content)
    with pytest.raises(RasterReadError, match=r'mask\.tif'):
        raster_info(path)
