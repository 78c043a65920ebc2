"""Which pixels are measurements: alpha, mask bands, nodata of other digits, 1e38."""

import numpy as np
import pytest
import rasterio
from rasterio.merge import merge

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.datasets.raster_index import RasterIndex
from glcnet_mm.inspection.band_statistics import band_statistics
from glcnet_mm.inspection.facts import gather
from glcnet_mm.inspection.header_findings import header_notes
from glcnet_mm.inspection.statistics_tool import compute_stats
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)
from glcnet_mm.rasters.validity import BandChoice, is_nodata, stored_nodata
from glcnet_mm.rasters.validity_text import validity_of, validity_text

SIDE = 64
WHOLE = Window(0, 0, SIDE, SIDE)
RGBA = dict(photometric='RGB', alpha='yes')
RGB = (1, 2, 3)


def noise(bands=3, dtype='uint8', high=255, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(1, high, (bands, SIDE, SIDE)).astype(dtype)


def half_alpha(full, dtype):
    """Nothing on the left, and a soft edge of four columns before the middle."""
    alpha = np.zeros((1, SIDE, SIDE), dtype)
    alpha[..., 28:32] = np.array([0.1, 0.3, 0.6, 0.9]) * full
    alpha[..., 32:] = full
    return alpha


@pytest.mark.parametrize(
    'dtype, full', [('uint8', 255), ('uint16', 65535), ('uint16', 255), ('float32', 1)]
)
def test_alpha_that_is_left_out_is_a_mask_with_soft_edges(
    dtype, full, tmp_path, write_raster
):
    pixels = np.concatenate([noise(dtype=dtype), half_alpha(full, dtype)])
    path = write_raster(tmp_path / 'a.tif', pixels, **RGBA)
    image, valid = read_window(path, WHOLE, RGB)
    assert valid[:, 30:].all() and not valid[:, :30].any()
    assert np.array_equal(image[valid], pixels[:3].transpose(1, 2, 0)[valid])
    # Read, it is data like any band.
    assert read_window(path, WHOLE)[1].all()
    assert read_window(path, WHOLE, (4, 1))[1].all()
    # A shrunk pixel counts only where all of it does.
    small = read_window(path, WHOLE, RGB, (16, 16))[1]
    assert small[:, 8:].all() and not small[:, :7].any()
    texts = [validity_text(path, b) for b in (RGB, None)]
    assert texts[0].endswith('band 4 (alpha) as mask')
    assert texts[1].endswith('band 4 (tagged alpha) read as data')


def test_near_infrared_tagged_alpha_is_no_mask_when_left_out(tmp_path, write_raster):
    pixels = noise(4)
    pixels[3, :8] = 0  # water
    path = write_raster(tmp_path / 'a.tif', pixels, **RGBA)
    assert read_window(path, WHOLE, RGB)[1].all()
    assert validity_text(path, RGB) == (
        'band 4 (tagged alpha) left out: no mask by its values'
    )
    # Unless the user says so.
    forced = read_window(path, WHOLE, BandChoice(RGB, mask_band=4))[1]
    assert np.array_equal(forced, pixels[3] >= 127.5)


def test_nodata_nan_of_two_bands_is_said_once(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', noise(2, 'float32'), nodata=np.nan)
    assert validity_text(path, (1, 2)) == 'nodata nan'


def test_constant_alpha_changes_nothing(tmp_path, write_raster):
    opaque = np.full((1, SIDE, SIDE), 255, 'uint8')
    path = write_raster(tmp_path / 'a.tif', np.concatenate([noise(), opaque]), **RGBA)
    assert read_window(path, WHOLE, RGB)[1].all()


@pytest.mark.parametrize('full', [1, 255])
def test_mask_band_says_it_outright(full, tmp_path, write_raster):
    mask = (half_alpha(1, 'float32') > 0.5).astype('uint8') * full
    pixels = np.concatenate([mask, noise()])
    root = str(tmp_path)
    write_raster(tmp_path / 'images/a.tif', pixels, photometric='MINISBLACK')

    def valid(**settings):
        load = dict(type='LoadRaster', **settings)
        sample = WindowDataset('images', SIDE, [load], root)[0]
        assert sample['img'].shape[2] == len(settings.get('bands', (2, 3, 4)))
        return sample['valid']

    for settings in (dict(), dict(bands=[2, 3, 4]), dict(bands=[1, 2])):
        found = valid(mask_band=1, **settings)
        assert np.array_equal(found, mask[0] > 0)
    path = str(tmp_path / 'images/a.tif')
    assert validity_text(path, BandChoice(mask_band=1)) == 'band 1 as mask'
    with pytest.raises(
        RasterReadError, match=r'a.tif has 4 bands .* \[1, 2, 3, 4, 7\]'
    ):
        read_window(path, WHOLE, BandChoice(mask_band=7))
    # 0 takes none, not even an alpha band.
    rgba = np.concatenate([noise(), half_alpha(255, 'uint8')])
    path = write_raster(tmp_path / 'b.tif', rgba, **RGBA)
    assert read_window(path, WHOLE, BandChoice(RGB, mask_band=0))[1].all()


def test_the_table_statistics_and_gsd_follow_the_mask(tmp_path, write_raster):
    pixels = np.concatenate([noise(), half_alpha(255, 'uint8')])
    pixels[:3, :, :30] = 0  # what a mosaic holds where there is no imagery
    path = write_raster(tmp_path / 'a.tif', pixels, **RGBA)
    load = dict(type='LoadRaster', bands=[1, 2, 3])
    facts = WindowDataset(path, 32, [load])
    facts = gather(facts)
    assert facts.valid_share == pytest.approx(34 / 64)
    assert facts.validity == 'band 4 (alpha) as mask'
    found = compute_stats(str(tmp_path / 's.json'), None, [path], '1,2,3', None, 0)
    seen = pixels[:3, :, 30:].reshape(3, -1)
    assert found['read']['valid_pixels'] == seen.shape[1]
    assert found['read']['validity'] == 'band 4 (alpha) as mask'
    means = [band['mean'] for band in found['bands']]
    assert means == pytest.approx(seen.mean(1), rel=1e-6)
    halved = WindowDataset(path, 32, [load], gsd=4.0)[0]['valid']
    assert halved[:, 16:].all() and not halved[:, :14].any()


def test_a_raster_that_its_mask_empties_is_refused(tmp_path, write_raster):
    pixels = np.concatenate([noise(), np.zeros((1, SIDE, SIDE), 'uint8')])
    path = write_raster(tmp_path / 'a.tif', pixels, **RGBA)
    load = dict(type='LoadRaster', bands=[1, 2, 3])
    notes = str(tmp_path / 'headers.json')
    assert len(WindowDataset(path, SIDE, [dict(type='LoadRaster')], catalogue=notes))
    for _ in range(2):
        # What an earlier start noted holds for the bands that it read.
        with pytest.raises(ValueError, match=r'a.tif has no valid pixel: band 4 \(al'):
            WindowDataset(path, SIDE, [load], catalogue=notes)


def test_a_damaged_alpha_band_is_named(tmp_path, write_raster):
    pixels = np.concatenate([noise(), half_alpha(255, 'uint8')])
    path = tmp_path / 'a.tif'
    write_raster(path, pixels, compress='deflate', interleave='band', **RGBA)
    content = bytearray(path.read_bytes())
    content[-60:] = bytes(60)
    path.write_bytes(content)
    with pytest.raises(RasterReadError, match='a.tif is damaged'):
        read_window(str(path), WHOLE, RGB)


def test_a_set_in_which_some_files_have_alpha_is_noted(tmp_path, write_raster):
    rgba = np.concatenate([noise(), half_alpha(255, 'uint8')])
    paths = [
        write_raster(tmp_path / 'a.tif', rgba, **RGBA),
        write_raster(tmp_path / 'b.tif', rgba, photometric='MINISBLACK'),
    ]
    infos = [raster_info(path) for path in paths]
    (note,) = header_notes(infos, BandChoice(RGB))
    assert note.startswith('1 of 2 rasters') and 'mask_band' in note
    assert header_notes(infos, BandChoice()) == []
    told = validity_of(paths, RGB)
    assert 'band 4 (alpha) as mask (in 1 of 2 files)' in told


@pytest.mark.parametrize('aligned', [True, False])
def test_stacks_keep_the_mask_of_an_alpha_band(aligned, tmp_path, write_raster):
    rgba = np.concatenate([noise(), half_alpha(255, 'uint8')])
    side = SIDE if aligned else SIDE // 2
    place = rasterio.transform.from_origin(500000, 5400000, *[128 / side] * 2)
    sar = np.ones((1, side, side), 'float32')
    write_raster(tmp_path / 'optical/a.tif', rgba, **RGBA)
    write_raster(tmp_path / 'sar/a.tif', sar, transform=place)
    optical, radar = str(tmp_path / 'optical'), str(tmp_path / 'sar')
    middle, whole = side // 2, Window(0, 0, side, side)
    orders = [{optical: [1, 2, 3], radar: None}, {radar: None, optical: [3, 2, 1]}]
    for number, order in enumerate(orders if aligned else orders[1:]):
        (stack,) = stack_bands(str(tmp_path / f'out{number}'), order)
        valid = read_window(stack, whole)[1]
        assert valid[:, middle + 1 :].all() and not valid[:, : middle - 2].any()
    # All bands stacked, alpha among them, it is the config that chooses.
    (stack,) = stack_bands(str(tmp_path / 'all'), {radar: None, optical: None})
    valid = read_window(stack, whole, (1, 2, 3, 4))[1]
    assert valid[:, middle + 1 :].all() and not valid[:, : middle - 2].any()
    if aligned:
        assert read_window(stack, whole)[1].all()


FLOAT32_MIN = -3.4028234663852886e38


@pytest.mark.parametrize(
    'dtype, held, declared',
    [
        ('float32', FLOAT32_MIN, -3.40282e38),  # fewer digits
        ('float32', FLOAT32_MIN, -3.4028235e38),
        ('float64', FLOAT32_MIN, -3.40282e38),
        ('float64', FLOAT32_MIN, -3.4028235e38),
        ('float64', np.float32(0.1), 0.1),  # a copy of single precision
        ('float64', -9999.9, float(np.float32(-9999.9))),
        ('float32', FLOAT32_MIN, -1.7976931348623157e308),  # outside the type
        ('float32', 9.96921e36, 9.969209968386869e36),
        ('int16', -32768, -99999.0),
        ('uint8', 0, -9999.0),
        ('uint8', 255, 65535.0),
    ],
)
def test_nodata_counts_after_a_change_of_precision(dtype, held, declared):
    pixels = noise(2, dtype, 100)
    pixels[:, :10] = held
    assert np.array_equal(is_nodata(pixels, [declared] * 2)[:10], np.ones((10, SIDE)))
    assert not is_nodata(pixels, [declared] * 2)[10:].any()


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('declared', [-3.40282e38, -3.4028235e38, -3.402e38])
def test_the_end_of_single_precision_is_written_exactly(dtype, declared):
    """For those that compare exactly, such as GDAL where a stack is resampled."""
    found = stored_nodata(declared, dtype)
    assert (found == FLOAT32_MIN) == (declared != -3.402e38)
    assert found.dtype == dtype


def test_measurements_near_nodata_stay(tmp_path, write_raster):
    near = np.array([-0.9999, -1.0000002, 0.1000001, -9998.9], 'float32')
    assert not is_nodata(near[None, None], [-1.0]).any()
    assert not is_nodata(near[None, None], [0.1]).any()
    assert not is_nodata(near[None, None], [-9999.0]).any()
    assert not is_nodata(near.astype('float64')[None, None], [-9999.0]).any()


def test_a_file_with_rounded_nodata_is_read_and_measured(tmp_path, write_raster):
    pixels = noise(3, 'float32', 100)
    pixels[:, :24] = FLOAT32_MIN
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=-3.40282e38)
    assert read_window(path, WHOLE)[1].mean() == 40 / 64
    found = band_statistics(RasterIndex([raster_info(path)], 32))
    assert found['read']['valid_share'] == 0.625
    assert found['bands'][0]['mean'] == pytest.approx(pixels[0, 24:].mean(), rel=1e-5)
    # On another grid GDAL compares, and must not mix -1e38 into its neighbours.
    place = rasterio.transform.from_origin(500003, 5399997, 3, 3)
    write_raster(tmp_path / 'b/a.tif', np.ones((1, 40, 40), 'uint8'), transform=place)
    sources = {str(tmp_path / 'b'): None, path: None}
    (stack,) = stack_bands(str(tmp_path / 'stack'), sources)
    image, valid = read_window(stack, Window(0, 0, 40, 40))
    assert 0.3 < valid.mean() < 0.9 and image[..., 1:][valid].min() >= 1


def test_nodata_that_a_type_cannot_hold_is_noted(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', noise())
    with rasterio.open(path, 'r+') as file:
        file.update_tags(ns='')
    info = raster_info(path)._replace(nodata=-9999.0)
    (note,) = header_notes([info], BandChoice())
    assert 'declares nodata -9999, which uint8 cannot hold; 0 is taken for it' in note


@pytest.mark.parametrize('value', [1.1e30, -FLOAT32_MIN, FLOAT32_MIN])
def test_a_pixel_beyond_all_measurement_is_named(value, tmp_path, write_raster):
    pixels = noise(3, 'float32')
    pixels[1, 3, 5] = value
    path = write_raster(tmp_path / 'a.tif', pixels)
    wanted = r'a.tif holds the value .*e\+3. in band 2, window \(0, 0, 64, 64\).*1e\+30'
    with pytest.raises(RasterReadError, match=wanted):
        read_window(path, WHOLE)
    assert read_window(path, WHOLE, [1, 3])[1].all()
    pixels[1, 3, 5] = 9e29
    assert read_window(write_raster(tmp_path / 'b.tif', pixels), WHOLE)[1].all()


def test_a_merged_mosaic_of_rgba_tiles_keeps_its_gap(tmp_path, write_raster):
    """As ``rio merge`` writes it: 0 in all four bands where no tile lies."""
    opaque, tiles = np.full((1, SIDE, SIDE), 255, 'uint8'), []
    for number, west in enumerate((500000, 500000 + 2 * SIDE * 2)):
        place = rasterio.transform.from_origin(west, 5400000, 2, 2)
        pixels = np.concatenate([noise(seed=number), opaque])
        path = tmp_path / f'{number}.tif'
        tiles.append(write_raster(path, pixels, transform=place, **RGBA))
    pixels, place = merge(tiles)
    path = write_raster(tmp_path / 'mosaic.tif', pixels, transform=place, **RGBA)
    valid = read_window(path, Window(0, 0, 3 * SIDE, SIDE), RGB)[1]
    assert valid[:, :SIDE].all() and valid[:, 2 * SIDE :].all()
    assert not valid[:, SIDE : 2 * SIDE].any()
