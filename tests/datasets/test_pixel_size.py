"""Rasters that do not say how large their pixels are, read at another scale."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from glcnet_mm.datasets import DatesDataset, WindowDataset
from glcnet_mm.inspection.table import ground_distance
from glcnet_mm.rasters.ground_grid import pixel_metres
from glcnet_mm.rasters.raster_io import Window
from glcnet_mm.selection.painting import write_empty_labels
from glcnet_mm.splits.overlap import ground_groups
from tests.layouts import LOAD, write


@pytest.fixture
def folder(tmp_path, write_raster):
    """Two tiles of 64 x 48 px in blocks of 2 x 2 equal pixels, and their labels."""
    rng = np.random.default_rng(0)
    for name in 'ab':
        small = rng.integers(0, 255, (3, 24, 32), dtype=np.uint8)
        classes = rng.integers(0, 4, (24, 32), dtype=np.uint8)
        small, classes = (
            small.repeat(2, 1).repeat(2, 2),
            classes.repeat(2, 0).repeat(2, 1),
        )
        write(write_raster, tmp_path / f'images/{name}.png', small)
        write(write_raster, tmp_path / f'labels/{name}.png', classes)
    return tmp_path


def build(folder, **changes):
    settings = dict(
        images='images',
        labels='labels',
        classes=list('wxyz'),
        window=16,
        pipeline=LOAD,
        data_root=str(folder),
        gsd=1.0,
        pixel_size=0.5,
    )
    return WindowDataset(**{**settings, **changes})


def halved(pixels):
    """Every other pixel along two axes, of a triangle over four, cut at the border."""
    for axis in (0, 1):
        moved = np.moveaxis(np.asarray(pixels, float), axis, 0)
        weights = np.zeros((len(moved) // 2, len(moved)))
        for row, weight in enumerate(weights):
            for number in range(2 * row - 1, 2 * row + 3):
                if 0 <= number < len(moved):
                    weight[number] = 2 - abs(number + 0.5 - 2 * row - 1)
        weights /= weights.sum(1, keepdims=True)
        pixels = np.moveaxis(np.tensordot(weights, moved, 1), 0, axis)
    return pixels


def test_tiles_without_crs_are_read_at_twice_their_pixel_size(folder):
    dataset = build(folder)
    assert [(i.width, i.height) for i in dataset.index.infos] == [(32, 24)] * 2
    whole = {}
    for name in 'ab':
        with rasterio.open(folder / f'images/{name}.png') as source:
            image = halved(np.moveaxis(source.read(), 0, -1))
        with rasterio.open(folder / f'labels/{name}.png') as source:
            whole[name] = image, source.read(1)[::2, ::2]
    for number in range(len(dataset)):
        sample = dataset[number]
        image, label = whole[sample['img_path'][-5]]
        col, row = sample['window'][:2]
        inside = slice(row, row + 16), slice(col, col + 16)
        height, width = label[inside].shape
        assert np.abs(sample['img'][:height, :width] - image[inside]).max() <= 1
        assert np.array_equal(sample['gt_seg_map'][:height, :width], label[inside])
        assert sample['valid'][:height, :width].all()
        assert not sample['valid'][height:].any()


def test_enlarged_tiles_keep_their_orientation(folder):
    sample = build(folder, gsd=0.25, window=96, labels=None, pipeline=LOAD[:1])[0]
    with rasterio.open(folder / 'images/a.png') as source:
        image = np.moveaxis(source.read(), 0, -1).astype(float)
    # Inside a block of equal pixels, away from its border, nothing is interpolated.
    assert np.array_equal(sample['img'][2::8, 2::8], image[1::4, 1::4][:12, :12])


def test_a_world_file_keeps_its_rotation(folder):
    turn = Affine.rotation(90) * Affine.scale(7.0, -7.0)
    with rasterio.open(folder / 'images/a.png') as source:
        pixels = source.read()
    values = ' '.join(map(str, (turn.a, turn.d, turn.b, turn.e, 0, 0))).split()
    (folder / 'images/a.pgw').write_text('\n'.join(values))
    dataset = build(folder, images='images/a.png', labels=None, pipeline=LOAD[:1])
    assert (dataset.index.infos[0].width, dataset.index.infos[0].height) == (24, 32)
    seen = dataset.grids[0].read(Window(0, 0, 24, 32))
    # Columns run north: the first row seen is the last column of the file.
    expected = np.rot90(halved(np.moveaxis(pixels, 0, -1)), 1)
    assert np.abs(seen[0] - expected).max() <= 1


def told(dataset):
    metres = pixel_metres(dataset.sources, dataset.pixel_size)
    return ground_distance(metres, dataset.gsd)


def test_the_table_tells_the_size_and_tiles_share_no_ground(folder):
    dataset = build(folder)
    assert told(dataset) == '0.5 m, resampled to 1 m'
    assert told(build(folder, gsd=None)) == '0.5 m'
    assert len(set(ground_groups(dataset.index.infos))) == 2
    assert len(set(ground_groups(dataset.sources))) == 2


def test_a_located_raster_may_begin_at_the_origin(folder, write_raster):
    pixels = np.full((1, 40, 40), 9, 'uint8')
    path = write_raster(folder / 'o.tif', pixels, transform=Affine.scale(0.5, -0.5))
    sample = build(folder, images=path, labels=None, pipeline=LOAD[:1])[0]
    assert sample['valid'].all() and (sample['img'] == 9).all()


def test_located_rasters_keep_their_own_size(folder, write_raster):
    path = write_raster(folder / 'located.tif', np.ones((3, 40, 40), 'uint8'))
    dataset = build(folder, images=['images', path], labels=None, pipeline=LOAD[:1])
    assert told(dataset) == '0.5 to 2 m, resampled to 1 m'
    assert {i.path: i.width for i in dataset.index.infos}[path] == 80


@pytest.mark.parametrize('size', [0, -1.0, float('nan'), float('inf')])
def test_a_size_that_is_none_is_refused(folder, size):
    with pytest.raises(ValueError, match='pixel_size=.* is no length'):
        build(folder, pixel_size=size)


def test_dates_need_a_place(folder):
    with pytest.raises(ValueError, match='pixel_size has no meaning for DatesDataset'):
        DatesDataset('images', 16, LOAD[:1], data_root=str(folder), pixel_size=0.5)


def test_without_it_the_sentence_names_it(folder):
    with pytest.raises(ValueError, match='a.png has no CRS, .* set pixel_size'):
        build(folder, pixel_size=None)


def test_a_label_with_a_place_fits_an_image_without(folder, write_raster):
    plain = build(folder)[0]['gt_seg_map']
    for name in 'ab':
        path = folder / f'labels/{name}.png'
        with rasterio.open(path) as file:
            classes = file.read()
        path.unlink()
        place = dict(crs='EPSG:32633', transform=Affine(1, 0, 5e5, 0, -1, 5e6))
        write_raster(path.with_suffix('.tif'), classes, **place)
    assert np.array_equal(build(folder)[0]['gt_seg_map'], plain)
    write_raster(path.with_suffix('.tif'), classes[:, 1:], **place)
    with pytest.raises(ValueError, match='images/b.png has no CRS; georeference it'):
        build(folder)


def test_empty_labels_fit_images_that_are_read_at_another_scale(folder):
    dataset = build(folder, labels=None)
    places = [(0, dataset.index[0][1]), (1, dataset.index[0][1])]
    write_empty_labels(folder / 'empty', dataset, places)
    for name in 'ab':
        with rasterio.open(folder / f'empty/{name}.tif', 'r+') as file:
            assert file.shape == (48, 64)
            file.write(np.full((1, 48, 64), 3, 'uint8'))
    assert (build(folder, labels=str(folder / 'empty'))[0]['gt_seg_map'] == 3).all()
