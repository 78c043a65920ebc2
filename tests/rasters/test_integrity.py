"""Masks beside the file, sparse files, nodata of one band, missing ends and parts."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from glcnet_mm.rasters.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)
from tests.layouts import write_mosaic


@pytest.mark.parametrize('inside', [False, True], ids=['beside', 'inside'])
def test_a_mask_in_the_file_or_beside_it_counts(tmp_path, write_raster, inside):
    path = write_raster(tmp_path / 'a.tif', np.ones((3, 8, 8), 'uint8'))
    mask = np.full((8, 8), 255, 'uint8')
    mask[:2] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside), rasterio.open(path, 'r+') as out:
        out.write_mask(mask)
    assert (tmp_path / 'a.tif.msk').exists() != inside
    assert raster_info(path).masked
    _, valid = read_window(path, Window(0, 0, 8, 8))
    assert not valid[:2].any() and valid[2:].all()


def test_nodata_in_a_side_car_file_counts(tmp_path, write_raster):
    pixels = np.full((1, 4, 4), 9, 'uint8')
    pixels[0, 0] = 0
    path = write_raster(tmp_path / 'a.png', pixels, driver='PNG')
    (tmp_path / 'a.png.aux.xml').write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>0</NoDataValue>'
        '</PAMRasterBand></PAMDataset>'
    )
    _, valid = read_window(path, Window(0, 0, 4, 4))
    assert not valid[0].any() and valid[1:].all()


def test_a_damaged_png_read_as_a_whole_is_an_error(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(1, 120, (3, 64, 64), 'uint8')
    data = Path(write_raster(tmp_path / 'a.png', pixels, driver='PNG')).read_bytes()
    whole = Window(0, 0, 64, 64)
    sound = read_window(str(tmp_path / 'a.png'), whole)[0]
    assert (sound == np.moveaxis(pixels, 0, -1)).all()
    for number in range(8):
        place = len(data) // 8 + 997 * number
        damaged = data[:place] + data[place + 10 :]
        path = tmp_path / f'{number}.png'
        path.write_bytes(damaged)
        with pytest.raises(RasterReadError, match=f'{path} is damaged'):
            read_window(str(path), whole)


@pytest.mark.parametrize('dtype', ['int16', 'float32'])
def test_negative_nodata_of_one_band_is_no_measurement(tmp_path, write_raster, dtype):
    pixels = np.full((2, 4, 4), 9, dtype)
    pixels[1, 0, 0] = -9999
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=-9999)
    image, valid = read_window(path, Window(0, 0, 4, 4))
    assert not valid[0, 0] and valid.sum() == 15
    assert (image[0, 0] == 0).all()  # -9999 would leak into its neighbours


def test_float_nodata_is_compared_in_the_precision_of_the_pixels(
    tmp_path, write_raster
):
    pixels = np.full((1, 4, 4), 1, 'float32')
    pixels[0, 0, 0] = -3.4028234663852886e38
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=-3.4028234663852886e38)
    _, valid = read_window(path, Window(0, 0, 4, 4))
    assert not valid[0, 0] and valid.sum() == 15


def test_blocks_that_a_sparse_file_does_not_store_are_invalid(tmp_path):
    path = str(tmp_path / 'a.tif')
    profile = dict(driver='GTiff', count=2, width=64, height=64, dtype='uint8')
    tiles = dict(tiled=True, blockxsize=32, blockysize=32, sparse_ok=True)
    with rasterio.open(path, 'w', **profile, **tiles) as out:
        out.write(np.full((2, 32, 32), 5, 'uint8'), window=((0, 32), (0, 32)))
    assert raster_info(path).masked
    _, valid = read_window(path, Window(8, 8, 48, 48))
    assert valid[:24, :24].all() and valid.sum() == 24 * 24


@pytest.mark.parametrize(('suffix', 'driver'), [('png', 'PNG'), ('jpg', 'JPEG')])
def test_an_image_without_its_end_is_refused(tmp_path, write_raster, suffix, driver):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 64, 64)).astype('uint8')
    path = tmp_path / f'a.{suffix}'
    write_raster(path, pixels, driver=driver)
    raster_info(str(path))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(RasterReadError, match=rf'a.{suffix} is truncated'):
        raster_info(str(path))


def test_a_virtual_raster_without_a_part_is_refused(tmp_path, write_raster):
    part = tmp_path / 'part.tif'
    write_raster(part, np.ones((1, 8, 8), 'uint8'))
    path = write_mosaic(tmp_path / 'a.vrt', 'part.tif')
    assert read_window(path, Window(0, 0, 8, 8))[0].all()
    raster_info(path)
    part.unlink()
    with pytest.raises(RasterReadError, match='part.tif, which does not exist'):
        raster_info(path)
