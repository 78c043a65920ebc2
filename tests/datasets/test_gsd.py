"""Data sets whose windows count pixels of equal ground size, over mixed files."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from mmengine.dataset import pseudo_collate
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import from_origin
from rasterio.warp import transform

from glcnet_mm.datasets import DatesDataset, SampleKey, WindowDataset
from glcnet_mm.inspection.facts import gather
from glcnet_mm.inspection.header_findings import scale_notes
from glcnet_mm.inspection.table import ground_distance
from glcnet_mm.rasters.georeference import window_georeference
from glcnet_mm.rasters.ground_grid import pixel_metres
from glcnet_mm.rasters.raster_io import Window
from glcnet_mm.rasters.resample import GroundGrid
from glcnet_mm.splits.label_fractions import class_shares, draw_windows, write_windows

UTM = CRS.from_epsg(32633)
WEST, NORTH = 610000.0, 5400000.0
SIDE = 96.0


def place(epsg, x_size, y_size, west=0.0, north=0.0):
    (x,), (y,) = transform(UTM, CRS.from_epsg(epsg), [WEST + west], [NORTH + north])
    return dict(crs=f'EPSG:{epsg}', transform=from_origin(x, y, x_size, y_size))


# All cover the ground of SIDE metres; the last two, more.
IMAGES = {
    'fine': (place(32633, 0.5, 0.5), 192),
    'metre': (place(32633, 1, 1), 96),
    'coarse': (place(32633, 2, 2), 48),
    'zone': (place(32632, 0.8, 0.8), 130),
    'degrees': (place(4326, 1e-5, 1e-5), 140),
}
TURNED = dict(
    crs=UTM,
    transform=Affine.translation(WEST - 5, NORTH + 60)
    * Affine.rotation(-20)
    * Affine.scale(0.7, -0.7),
)


def ground(profile, size):
    """East and north of pixel centres, in metres from the corner."""
    cols, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    x, y = profile['transform'] * (cols, rows)
    east, north = transform(profile['crs'], UTM, x.ravel(), y.ravel())
    return np.reshape(east, x.shape) - WEST, np.reshape(north, x.shape) - NORTH


def plane(profile, size):
    return np.stack(ground(profile, size)).astype('float32') + 1000


def checker(profile, size):
    """Class 1 in every other square of 16 m."""
    east, north = ground(profile, size)
    return ((np.floor(east / 16) + np.floor(north / 16)) % 2).astype('uint8')


@pytest.fixture
def folder(tmp_path, write_raster):
    """Images of every kind, each with a label on a grid of its own."""
    for number, (name, (profile, size)) in enumerate(IMAGES.items()):
        write_raster(tmp_path / f'images/{name}.tif', plane(profile, size), **profile)
        label = [(place(32633, 0.6, 0.6), 170), (TURNED, 300)][number % 2]
        write_raster(tmp_path / f'labels/{name}.tif', checker(*label), **label[0])
    return tmp_path


def build(folder, pipeline=('LoadRaster', 'LoadLabel'), **changes):
    settings = dict(
        images='images',
        labels='labels',
        data_root=str(folder),
        window=32,
        gsd=1.0,
        classes=['a', 'b'],
        pipeline=[
            step if isinstance(step, dict) else dict(type=step) for step in pipeline
        ],
    )
    return WindowDataset(**{**settings, **changes})


def where(sample, shape):
    """East and north that the pixels of a sample's window should show."""
    grid, (col, row) = sample['grid'].target, sample['window'][:2]
    part = dict(crs=grid.crs, transform=grid.transform * Affine.translation(col, row))
    return np.stack(ground(part, shape[0]))


def test_every_window_shows_its_ground_and_its_labels(folder):
    dataset = build(folder)
    names = set()
    for index in range(len(dataset)):
        sample = dataset[index]
        expected, valid = where(sample, sample['valid'].shape), sample['valid']
        found = sample['img'].transpose(2, 0, 1) - 1000
        edge = np.pad(valid, 2)[2:-2, 2:-2].copy()
        for axis in (0, 1):
            for step in (-2, 2):
                edge &= np.roll(np.pad(valid, 2), step, axis)[2:-2, 2:-2]
        assert np.abs(found - expected)[:, edge].max() < 0.15
        across = np.linalg.norm(expected[:, 0, -1] - expected[:, 0, 0])
        assert across == pytest.approx(31, rel=0.005)
        labels = sample['gt_seg_map']
        east, north = expected
        inside = (east > 0) & (east < SIDE) & (north < 0) & (north > -SIDE)
        certain = inside & (np.abs((expected + 8) % 16 - 8) > 0.8).all(0)
        truth = (np.floor(east / 16) + np.floor(north / 16)) % 2
        assert certain.sum() == 0 or np.array_equal(labels[certain], truth[certain])
        names.add(sample['raster_path'])
    assert len(names) == 5 and len(dataset) >= 5 * 9
    facts = gather(dataset)
    metres = facts.metres
    assert (metres.min(), metres.max()) == pytest.approx((0.5, 2), rel=0.01)
    assert facts.shares['a'] == pytest.approx(0.5, abs=0.05)
    assert facts.valid_share > 0.7


def test_views_of_mixed_files_cover_equal_ground(folder):
    view = dict(geometry=[dict(type='CropResize', size=16), dict(type='FlipAxes')])
    pipeline = [
        'LoadRaster',
        dict(type='MakeViews', views=[view, view], value_range=(0, 2000)),
        'PackViews',
    ]
    dataset = build(
        folder,
        pipeline,
        labels=None,
        sampling=dict(num_windows=40, max_invalid_share=0.0),
    )
    seen = {}
    for index in range(40):
        packed = dataset[SampleKey(0, 0, index)]
        sample = packed['data_samples']
        for view, homography in zip(
            packed['inputs'], sample.homographies.numpy(), strict=True
        ):
            # Metres that a step in the view spans, from its values and its matrix.
            steps = np.gradient(view.double().numpy(), axis=(1, 2))
            found = np.abs(
                np.linalg.det(np.array(steps)[:, :, 4:-4, 4:-4].mean((2, 3)))
            )
            expected = 1 / abs(np.linalg.det(homography[:2, :2]))
            seen.setdefault(sample.raster_path, []).append(found / expected)
    assert len(seen) == 5
    for ratios in seen.values():
        assert np.abs(np.array(ratios) - 1).max() < 0.04


def test_listed_windows_count_pixels_of_the_grid(folder):
    dataset = build(folder)
    shares = class_shares(dataset)
    assert np.abs(shares.sum(1) - 1).min() == 0 and (shares[:, 1] > 0.2).sum() > 20
    windows = draw_windows(dataset, 0.3, seed=0, every_class=True)
    listed = folder / 'split.tsv'
    write_windows(str(listed), windows, str(folder), 'some')
    chosen = build(folder, sampling=dict(windows_file=str(listed)))
    assert len(chosen) == len(windows)
    for index in range(len(chosen)):
        sample = chosen[index]
        known = sample['gt_seg_map'] < 255
        assert known.mean() >= 0.5


def test_a_label_without_crs_lies_where_its_image_does(folder, write_raster):
    profile, size = IMAGES['coarse']
    path = folder / 'labels/coarse.tif'
    write_raster(path, checker(profile, size), crs=None, transform=Affine.identity())
    dataset = build(folder, images='images/coarse.tif')
    sample = dataset[0]
    expected = np.floor(where(sample, (32, 32)) / 16).sum(0) % 2
    assert np.array_equal(sample['gt_seg_map'], expected)
    write_raster(path, checker(profile, 40), crs=None, transform=Affine.identity())
    with pytest.raises(ValueError, match='coarse.tif has 40x40 pixels but its image'):
        build(folder)
    write_raster(path, checker(profile, size), **place(32633, 2, 2, west=500))
    with pytest.raises(ValueError, match='labels/coarse.tif lies elsewhere than its'):
        build(folder)


def test_predictions_are_written_where_the_window_lies(folder):
    dataset = build(folder, ['LoadRaster', 'LoadLabel', 'PackWindow'])
    batch = pseudo_collate([dataset[index] for index in range(len(dataset))])
    for sample in batch['data_samples']:
        position = window_georeference(
            sample.raster_path, Window(*sample.window), sample.get('ground')
        )
        assert position.crs == sample.ground.crs
        x, y = position.transform * (0.5, 0.5)
        east, north = transform(position.crs, UTM, [x], [y])
        grid = GroundGrid(None, sample.ground)
        part = dict(grid=grid, window=sample.window)
        first = where(part, (1, 1))[:, 0, 0]
        assert np.allclose((east[0] - WEST, north[0] - NORTH), first, atol=1e-6)


def metres_of(dataset):
    return pixel_metres(dataset.sources, dataset.pixel_size)


def told(dataset):
    return ground_distance(metres_of(dataset), dataset.gsd)


def warnings(dataset):
    return list(scale_notes(dataset.sources, metres_of(dataset), dataset.gsd))


def test_the_table_tells_ground_distances_and_warns_of_unequal_ones(
    folder, write_raster
):
    facts = build(folder)
    assert told(facts) == '0.5 to 2 m, resampled to 1 m'
    assert warnings(facts) == []
    plain = dict(gsd=None, labels=None)
    facts = build(folder, ['LoadRaster'], **plain)
    assert told(facts) == '0.5 to 2 m'
    (warning,) = warnings(facts)
    assert 'from 0.5 to 2 m' in warning and 'set gsd' in warning
    alike = ['images/metre.tif', 'images/zone.tif']
    facts = build(folder, ['LoadRaster'], images=alike, **plain)
    assert warnings(facts) == []
    path = write_raster(
        folder / 'more/bare.tif', np.ones((2, 40, 40), 'float32'), crs=None
    )
    facts = build(folder, ['LoadRaster'], images=[*alike, path], **plain)
    assert told(facts).endswith(', unknown for 1 raster')
    (warning,) = warnings(facts)
    assert f'no CRS while others do, the first is {path}' in warning
    facts = build(folder, ['LoadRaster'], images=path, **plain)
    assert told(facts).startswith('unknown')
    assert warnings(facts) == []


PLACE = r'/images/(?P<place>[a-z]+)_\d\.tif'
DATES = ['fine', 'zone', 'degrees']


@pytest.fixture
def dates(tmp_path, write_raster):
    """Three dates of one place, in three CRS, and another place."""
    for number, name in enumerate(DATES):
        profile, size = IMAGES[name]
        path = tmp_path / f'images/a_{number}.tif'
        write_raster(path, plane(profile, size), **profile)
    profile = place(32633, 1, 1, west=5000)
    write_raster(tmp_path / 'images/b_0.tif', plane(profile, 96), **profile)
    return tmp_path


def build_dates(folder, **changes):
    view = dict(geometry=[dict(type='CropResize', size=24), dict(type='FlipAxes')])
    settings = dict(
        images=str(folder / 'images'),
        window=40,
        gsd=0.8,
        place=PLACE,
        sampling=dict(max_invalid_share=0.3, num_windows=40),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[view, view], value_range=(-1e6, 1e6)),
            dict(type='PackViews'),
        ],
    )
    return DatesDataset(**{**settings, **changes})


@pytest.mark.parametrize('pattern', [PLACE, None])
def test_dates_of_several_crs_show_the_same_ground(dates, pattern):
    dataset, pairs = build_dates(dates, place=pattern), set()
    for index in range(40):
        packed = dataset[SampleKey(0, 0, index)]
        sample = packed['data_samples']
        other = sample.get('other_raster_path')
        pairs.add((sample.raster_path[-7:], other and other[-7:]))
        if sample.raster_path.endswith('b_0.tif'):
            continue
        part = dict(
            crs=sample.ground.crs,
            transform=sample.ground.transform * Affine.translation(*sample.window[:2]),
        )
        for view, valid, homography in zip(
            packed['inputs'], sample.valid, sample.homographies.numpy(), strict=True
        ):
            cols, rows = np.meshgrid(np.arange(24.0), np.arange(24.0))
            flat = np.stack([cols.ravel(), rows.ravel(), np.ones(576)])
            x, y, _ = np.linalg.inv(homography) @ flat + 0.5
            x, y = part['transform'] * (x, y)
            east, north = transform(part['crs'], UTM, x, y)
            expected = np.stack([np.array(east) - WEST, np.array(north) - NORTH])
            inside = (expected[0] > 3) & (expected[0] < SIDE - 3)
            inside &= (expected[1] < -3) & (expected[1] > 3 - SIDE)
            inside &= valid.numpy().ravel()
            found = view.double().numpy().reshape(2, -1) - 1000
            assert np.abs(found - expected)[:, inside].max(initial=0) < 0.2
    names = [f'a_{number}.tif' for number in range(3)]
    assert {(a, b) for a in names for b in names if a != b} <= pairs
    assert {pair for pair in pairs if pair[0] == 'b_0.tif'} == {('b_0.tif', None)}


def test_dates_far_apart_are_still_refused(dates):
    for name in DATES[1:]:
        (dates / f'images/a_{DATES.index(name)}.tif').unlink()
    with pytest.raises(ValueError, match='No two of 2 rasters'):
        build_dates(dates)


def test_overviews_serve_windows_that_shrink(folder, write_raster):
    """They are told from the pixels themselves, which change after they are made."""
    profile, size = place(32633, 0.25, 0.25), 383
    path = write_raster(folder / 'images/full.tif', plane(profile, size), **profile)
    with rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4], Resampling.average)
    with rasterio.open(path, 'r+') as file:
        file.write(np.full((2, size, size), -7, 'float32'))
    cases = ((1.0, False), (2.0, True), (4.0, True))
    for gsd, served in cases:
        dataset = build(
            folder,
            images='images/full.tif',
            labels=None,
            gsd=gsd,
            pipeline=['LoadRaster'],
        )
        for index in range(len(dataset)):
            sample = dataset[index]
            inside = np.pad(sample['valid'], 1)[2:, 2:] & sample['valid']
            found = sample['img'].transpose(2, 0, 1)[:, inside]
            expected = where(sample, inside.shape)[:, inside] + 1000
            if served:
                assert np.abs(found - expected).max() < gsd / 4
            else:
                assert np.allclose(found, -7)


def test_overviews_are_left_alone_where_a_band_is_tagged_as_alpha(folder, write_raster):
    """GDAL averages the others by it, but it may be near infrared."""
    profile = place(32633, 0.25, 0.25)
    pixels = np.full((4, 384, 384), 90, 'uint8')
    pixels[3, :, 192:] = 0
    path = write_raster(folder / 'images/nir.tif', pixels, **profile, photometric='RGB')
    with rasterio.open(path, 'r+') as file:
        file.colorinterp = [*file.colorinterp[:3], ColorInterp.alpha]
    with rasterio.open(path, 'r+') as file:
        assert file.colorinterp[3] == ColorInterp.alpha
        file.build_overviews([2, 4], Resampling.average)
    dataset = build(
        folder, images='images/nir.tif', labels=None, gsd=2.0, pipeline=['LoadRaster']
    )
    for index in range(len(dataset)):
        sample = dataset[index]
        assert (sample['img'][sample['valid']][:, :3] == 90).all()


def test_windows_of_another_gsd_are_refused(folder):
    listed = folder / 'windows.tsv'
    listed.write_text('fine.tif\t160\t0\n')
    build(folder, gsd=0.5, sampling=dict(windows_file=str(listed)))
    with pytest.raises(ValueError, match='column 160, row 0 lies outside .*fine.tif'):
        build(folder, gsd=1.0, sampling=dict(windows_file=str(listed)))
