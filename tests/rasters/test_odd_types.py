"""Types, counts and forms of bands beyond what OpenCV and the photometry know."""

import numpy as np
import pytest
import rasterio
from mmengine.dataset import pseudo_collate

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.datasets.transforms.geometry import warp
from glcnet_mm.inspection.header_findings import header_notes
from glcnet_mm.models.preprocessor import MultiBandPreprocessor
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.block_checksums import verify_checksums
from glcnet_mm.rasters.pixel_layout import as_integers
from glcnet_mm.rasters.raster_io import Window, raster_info, read_window

COLOUR = [
    dict(type='PhotometryGroup', operations=[dict(type='HueSaturationValue')], p=0.01)
]
BLUR = [dict(type='BrightnessContrast'), dict(type='BlurBands', p=1.0)]


def views(photometry, value_range=(0, 100)):
    view = dict(geometry=[dict(type='CropResize', size=16)], photometry=photometry)
    return [
        dict(type='LoadRaster'),
        dict(type='MakeViews', views=[view, view], value_range=value_range),
        dict(type='PackViews'),
    ]


def noise(bands, dtype, high=100):
    return np.random.default_rng(0).integers(1, high, (bands, 40, 40)).astype(dtype)


def normalised(path, pipeline):
    batch = pseudo_collate([WindowDataset(path, 32, pipeline)[0]])
    return MultiBandPreprocessor(mean=50, std=30)(batch)['inputs']


@pytest.mark.parametrize(
    'dtype', ['int8', 'int32', 'uint32', 'int64', 'uint64', 'float64']
)
def test_every_type_gives_the_views_of_float32(dtype, tmp_path, write_raster):
    same = [
        normalised(write_raster(tmp_path / f'{t}.tif', noise(3, t)), views(BLUR))
        for t in ('float32', dtype)
    ]
    for first, second in zip(*same, strict=True):
        # Whole numbers are rounded after the warp and after the photometry.
        assert (first - second).abs().max() < 1.01 / 30


@pytest.mark.parametrize('of', ['float32', 'float64'])
def test_wide_whole_numbers_keep_all_their_digits(of):
    pixels = np.array([[2**31 - 1, -(2**31), 123456789]], 'int32')
    assert np.array_equal(warp(pixels, np.eye(3), (3, 1), False, 0), pixels)
    for dtype in ('int32', 'uint32', 'int64', 'uint64'):
        limits = np.iinfo(dtype)
        ends = as_integers(np.array([-1e30, 1e30], of), np.dtype(dtype))
        assert ends.dtype == dtype
        assert ends == pytest.approx([limits.min, limits.max], rel=1e-9)


@pytest.mark.parametrize('bands', [129, 513, 1000])
def test_many_bands_are_warped_and_blurred_alike(bands, tmp_path, write_raster):
    pixels = np.repeat(noise(1, 'uint16'), bands, 0)
    path = write_raster(tmp_path / 'a.tif', pixels, interleave='pixel')
    view = normalised(path, views([dict(type='BlurBands', p=1.0)]))[1]
    assert view.shape == (1, bands, 16, 16) and (view == view[:, :1]).all()


@pytest.mark.parametrize('dtype', ['int8', 'int32', 'uint32'])
def test_every_type_is_stacked_and_resampled(dtype, tmp_path, write_raster):
    values = noise(1, dtype)
    write_raster(tmp_path / 'a/x.tif', values)
    place = rasterio.transform.from_origin(500001, 5399999, 4, 4)
    coarse = np.full((1, 25, 25), 100 if dtype == 'int8' else 2**31 - 9, dtype)
    write_raster(tmp_path / 'b/x.tif', coarse, transform=place)
    sources = {str(tmp_path / name): None for name in 'ab'}
    (stack,) = stack_bands(str(tmp_path / 'stack'), sources)
    image, valid = read_window(stack, Window(8, 8, 16, 16))
    assert valid.all() and image.dtype == dtype
    assert np.array_equal(image[..., 0], values[0, 8:24, 8:24])
    assert (image[..., 1] == coarse[0, 0, 0]).all()
    dataset = WindowDataset(stack, 16, [dict(type='LoadRaster')], gsd=4.0)
    sample = dataset[0]
    assert (sample['img'][sample['valid']][:, 1] == coarse[0, 0, 0]).all()


@pytest.mark.parametrize('bands', [1, 2])
def test_photometry_for_three_bands_names_operation_and_bands(
    bands, tmp_path, write_raster
):
    path = write_raster(tmp_path / 'a.tif', noise(bands, 'float32'))
    wanted = (
        rf'a.tif is read with {bands} bands?, but HueSaturationValue .* \[0, 1, 2\]'
    )
    augment = dict(type='AugmentWindow', photometry=COLOUR, value_range=(0, 100))
    for pipeline in (views(COLOUR), [dict(type='LoadRaster'), augment]):
        # Though hue is drawn once in a hundred times only.
        with pytest.raises(ValueError, match=wanted):
            WindowDataset(path, 32, pipeline)[0]


@pytest.mark.parametrize('dtype', ['complex64', 'complex128', 'complex_int16'])
def test_complex_values_are_refused_from_the_header(dtype, tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', noise(1, 'complex64'), dtype=dtype)
    wanted = f'a.tif holds complex values .{dtype}.* write their amplitude'
    with pytest.raises(ValueError, match=wanted):
        WindowDataset(path, 16, [])
    with pytest.raises(ValueError, match=wanted):
        stack_bands(str(tmp_path / 'out'), {path: None})


def test_a_palette_image_is_named_unless_its_band_is_chosen(tmp_path, write_raster):
    colours = {number: (number, 255 - number, 7, 255) for number in range(256)}
    pixels = noise(1, 'uint8')
    path = write_raster(
        tmp_path / 'a.tif', pixels, photometric='palette', colours=colours
    )
    with pytest.raises(ValueError, match=r'a.tif is a palette image.*-expand rgb'):
        WindowDataset(path, 40, [dict(type='LoadRaster')])
    with pytest.raises(ValueError, match=r'a.tif is a palette image.*-expand rgb'):
        stack_bands(str(tmp_path / 'out'), {path: None})
    chosen = WindowDataset(path, 40, [dict(type='LoadRaster', bands=[1])])
    assert np.array_equal(chosen[0]['img'][..., 0], pixels[0])


def test_pages_of_one_size_are_named_and_thumbnails_are_not(tmp_path, write_raster):
    path = tmp_path / 'a.tif'
    for page in range(3):
        more = dict(APPEND_SUBDATASET='YES') if page else {}
        write_raster(path, noise(1, 'uint8'), **more)
    with pytest.raises(ValueError, match=r'a.tif has 3 pages .*gdalbuildvrt -separate'):
        WindowDataset(str(path), 40, [dict(type='LoadRaster', bands=[1])])
    with pytest.raises(ValueError, match=r'a.tif has 3 pages'):
        stack_bands(str(tmp_path / 'out'), {str(path): [1]})
    path = tmp_path / 'b.tif'
    write_raster(path, noise(3, 'uint8'))
    write_raster(path, noise(3, 'uint8')[:, :9, :9], APPEND_SUBDATASET='YES')
    assert WindowDataset(str(path), 40, [dict(type='LoadRaster')])[0]['valid'].all()


def test_offsets_that_differ_between_scenes_are_noted(tmp_path, write_raster):
    infos = []
    for name, offset in dict(a=0.0, b=-0.1, c=0.0).items():
        path = write_raster(tmp_path / f'{name}.tif', noise(3, 'uint16'))
        with rasterio.open(path, 'r+') as file:
            file.offsets, file.scales = (offset,) * 3, (1e-4,) * 3
        infos.append(raster_info(path))
    dataset = WindowDataset(str(tmp_path), 40, [dict(type='LoadRaster')])
    (note,) = header_notes(dataset.sources, dataset.choice)
    assert 'a.tif has scale 0.0001; ' in note
    assert 'b.tif has offset -0.1, scale 0.0001' in note
    assert header_notes([infos[0], infos[2]], dataset.choice) == []


@pytest.mark.parametrize('layout', ['pixel', 'band'])
@pytest.mark.parametrize('look', [raster_info, verify_checksums])
def test_a_header_of_65535_bands_is_read_in_seconds(
    tmp_path, monkeypatch, layout, look
):
    path, calls = str(tmp_path / 'a.tif'), []
    settings = dict(count=65535, dtype='uint8', compress='deflate')
    with rasterio.open(
        path, 'w', 'GTiff', 4, 4, interleave=layout, SPARSE_OK=True, **settings
    ):
        pass

    class Counted(rasterio.DatasetReader):
        """Asked band by band, what lists all bands would be work of their square."""

        @property
        def block_shapes(self):
            calls.append(1)
            return super().block_shapes

        @property
        def dtypes(self):
            calls.append(1)
            return super().dtypes

        def tags(self, *args, **settings):
            calls.append(1)
            return super().tags(*args, **settings)

    for module in ('raster_io', 'block_checksums'):
        monkeypatch.setattr(f'glcnet_mm.rasters.{module}.open_raster', Counted)
    assert look(path) and 1 <= len(calls) <= 9
