"""Two dates of one place: pairs of views must show the same ground."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from affine import Affine
from mmengine.config import Config
from mmengine.runner import Runner
from rasterio.transform import from_origin, xy

from glcnet_mm.datasets import DatesDataset, SampleKey, WindowDataset
from glcnet_mm.models.matching.region_matching import match_regions, window_means
from glcnet_mm.rasters.raster_io import raster_info

CROP = dict(type='CropResize', size=32)
VIEWS = [
    dict(geometry=[CROP]),
    dict(geometry=[CROP, dict(type='FlipAxes'), dict(type='QuarterTurns')]),
]
PIPELINE = [
    dict(type='LoadRaster'),
    dict(type='MakeViews', views=VIEWS, value_range=(-1e6, 1e6)),
    dict(type='PackViews'),
]
PLACE = r'/(?P<place>[a-z]+)_\d+\.tif$'
FIRST = from_origin(500000, 5400000, 2, 2)
# Another origin between the pixels, another pixel size, pixels that are not square, and
# a grid that is turned.
SECONDS = {
    'same': FIRST,
    'offset': from_origin(499990.7, 5400011.3, 2, 2),
    'coarse': from_origin(499990.7, 5400011.3, 3, 3.5),
    'fine': from_origin(500021.1, 5399989.2, 0.7, 0.7),
    'turned': FIRST * Affine.translation(30, -60) * Affine.rotation(25),
}
ORIGIN = np.array([500000.0, 5400000.0])


def ground(transform, height, width):
    """``(2, H, W)`` float32: metres east and north of ``ORIGIN`` of pixel centres."""
    rows, cols = np.mgrid[:height, :width]
    east, north = xy(transform, rows.ravel(), cols.ravel())
    metres = np.stack([east, north]) - ORIGIN[:, None]
    return metres.reshape(2, height, width).astype('float32')


@pytest.fixture
def write(tmp_path, write_raster):
    """Writes a raster of which every pixel holds its own place on the ground."""

    def write(name, transform, size=(120, 150), hole=None, **profile):
        pixels = ground(transform, *size)
        if hole is not None:
            pixels[(slice(None), *hole)] = -9999
        path = tmp_path / 'images' / name
        return write_raster(
            path, pixels, **dict(transform=transform, nodata=-9999, **profile)
        )

    return write


def build(folder, **changes):
    settings = dict(
        images=str(folder / 'images'),
        window=48,
        pipeline=PIPELINE,
        place=PLACE,
    )
    sampling = dict(num_windows=24, max_invalid_share=0.5) | changes.pop('sampling', {})
    return DatesDataset(**{**settings, **changes}, sampling=sampling)


def expected_ground(sample, view, size=32):
    """``(2, S, S)`` ground of a view's pixels, through the first date's transform."""
    rows, cols = np.mgrid[:size, :size]
    points = np.stack([cols.ravel(), rows.ravel(), np.ones(size * size)])
    points = np.linalg.inv(sample.homographies[view].numpy()) @ points
    col, row, *_ = sample.window
    transform = raster_info(sample.raster_path).transform
    east, north = xy(transform, points[1] + row, points[0] + col)
    return (np.stack([east, north]) - ORIGIN[:, None]).reshape(2, size, size)


@pytest.mark.parametrize('second', SECONDS)
def test_both_views_show_the_same_ground(tmp_path, write, second):
    write('a_1.tif', FIRST)
    write('a_2.tif', SECONDS[second], size=(220, 220))
    dataset, directions = build(tmp_path), set()
    for index in range(24):
        packed = dataset[SampleKey(0, 0, index)]
        sample = packed['data_samples']
        if 'other_raster_path' not in sample:
            continue  # too little of the window is in the other date
        assert {Path(sample.raster_path).name, Path(sample.other_raster_path).name} == {
            'a_1.tif',
            'a_2.tif',
        }
        directions.add(Path(sample.raster_path).name)
        for view in range(2):
            # Away from nodata and borders; the ramps are linear, so bilinear reading
            # is exact up to OpenCV's grid of 1/32 of a source pixel.
            valid = sample.valid[view].numpy()
            inner = np.lib.stride_tricks.sliding_window_view(
                np.pad(valid, 3), (7, 7)
            ).all((2, 3))
            assert inner.mean() > 0.2
            error = packed['inputs'][view].numpy() - expected_ground(sample, view)
            assert np.abs(error[:, inner]).max() < 0.15
    assert len(directions) == 2


def test_matched_regions_show_the_same_ground(tmp_path, write):
    write('a_1.tif', FIRST)
    write('a_2.tif', SECONDS['coarse'])
    dataset = build(tmp_path, sampling=dict(max_invalid_share=0.0))
    packed = [dataset[SampleKey(3, 1, index)] for index in range(12)]
    samples = [p['data_samples'] for p in packed]
    matched = match_regions(
        *(
            torch.stack([getattr(s, name) for s in samples])
            for name in ('homographies', 'valid', 'match_seed')
        ),
        regions=3,
        side=8,
    )
    east_north = [
        window_means(torch.stack([p['inputs'][view] for p in packed]), boxes, 32)
        for view, boxes in enumerate((matched.boxes1, matched.boxes2))
    ]
    assert matched.keep.sum() > 18
    # Centres are whole pixels of the views, and a turn moves half-open boxes by one.
    pixel = 48 / 32 * 3.5
    apart = (east_north[0] - east_north[1]).abs().amax(-1)[matched.keep]
    assert apart.max() < 1.5 * pixel and apart.mean() < 0.75 * pixel


def test_what_another_date_lacks_is_invalid(tmp_path, write):
    """A view's pixel is valid exactly where its own date has data."""
    hole = (slice(30, 70), slice(40, 90))
    transform = SECONDS['coarse']
    write('a_1.tif', FIRST)
    write('a_2.tif', transform, size=(80, 100), hole=hole)
    dataset, seen = build(tmp_path, sampling=dict(max_invalid_share=0.8)), []
    for index in range(24):
        sample = dataset[SampleKey(0, 0, index)]['data_samples']
        if not sample.raster_path.endswith('a_1.tif'):
            continue
        if 'other_raster_path' not in sample:
            continue
        east, north = expected_ground(sample, 1) + ORIGIN[:, None, None]
        cols, rows = ~transform * (east, north)
        whole = np.floor([cols, rows])
        certain = (np.abs(np.stack([cols, rows]) - whole - 0.5) < 0.4).all(0)
        (col, row), (height, width) = whole, (80, 100)
        inside = (col >= 0) & (col < width) & (row >= 0) & (row < height)
        lost = (row >= 30) & (row < 70) & (col >= 40) & (col < 90)
        expected = inside & ~lost
        valid = sample.valid[1].numpy()
        assert np.array_equal(valid[certain], expected[certain])
        seen.append(valid.mean())
    assert min(seen) < 0.8 and max(seen) > 0.9


def test_either_date_counts_for_the_share_of_invalid_pixels(tmp_path, write):
    write('a_1.tif', FIRST)
    write('a_2.tif', FIRST, hole=(slice(0, 60), slice(None)))
    dataset = build(tmp_path, sampling=dict(max_invalid_share=0.1))
    for index in range(10):
        sample = dataset[SampleKey(0, 0, index)]['data_samples']
        assert sample.window[1] >= 60 - 0.1 * 48


def test_one_date_gives_both_views(tmp_path, write):
    """As does a window outside the other date, and a raster of another pattern."""
    write('a_1.tif', FIRST)
    write('a_2.tif', FIRST, size=(120, 60))
    for name in ('b_1.tif', 'other.tif'):
        write(name, FIRST * Affine.translation(1000, 0))
    dataset, origins = build(tmp_path, sampling=dict(num_windows=80)), {}
    plain = WindowDataset(
        images=str(tmp_path / 'images'),
        window=48,
        sampling=dict(num_windows=80),
        pipeline=PIPELINE,
    )
    for index in range(80):
        packed = dataset[SampleKey(0, 0, index)]
        sample = packed['data_samples']
        other = sample.get('other_raster_path')
        name = Path(sample.raster_path).name
        origins.setdefault(name, set()).add(other and Path(other).name)
        if other is None:
            same = plain[SampleKey(0, 0, index)]
            assert all(map(torch.equal, packed['inputs'], same['inputs']))
            assert sample.match_seed == same['data_samples'].match_seed
    assert origins == {
        'a_1.tif': {None, 'a_2.tif'},
        'a_2.tif': {'a_1.tif'},
        'b_1.tif': {None},
        'other.tif': {None},
    }
    assert 0.05 < dataset.dated_share() < 0.4


def test_without_a_pattern_bounds_decide(tmp_path, write):
    write('x.tif', FIRST)
    write('y.tif', SECONDS['offset'])
    write('far.tif', FIRST * Affine.translation(1000, 0))
    write('zone.tif', FIRST, crs='EPSG:32634')
    dataset, pairs = build(tmp_path, place=None), set()
    for index in range(24):
        sample = dataset[SampleKey(0, 0, index)]['data_samples']
        paths = sample.raster_path, sample.get('other_raster_path')
        pairs.add(tuple(path and Path(path).stem for path in paths))
    pairs -= {('x', None), ('y', None)}
    assert pairs == {('x', 'y'), ('y', 'x'), ('far', None), ('zone', None)}


def test_a_sample_is_a_function_of_its_key(tmp_path, write):
    for date in range(4):
        write(f'a_{date}.tif', FIRST)
    first, second = build(tmp_path), build(tmp_path)
    others = set()
    for index in (5, 3, 5, 7, 9, 11):
        a, b = first[SampleKey(1, 2, index)], second[SampleKey(1, 2, index)]
        assert torch.equal(a['inputs'][1], b['inputs'][1])
        assert torch.equal(a['data_samples'].valid, b['data_samples'].valid)
        others.add(a['data_samples'].other_raster_path)
    assert len(others) > 1


def test_rasters_without_georeference_share_their_pixels(tmp_path, write):
    nowhere = dict(transform=Affine.identity(), crs=None)
    for date in range(2):
        write(f'a_{date}.tif', **nowhere)
    sample = build(tmp_path)[0]['data_samples']
    assert 'other_raster_path' in sample
    with pytest.raises(ValueError, match='No two of 2 rasters'):
        build(tmp_path, place=None)
    write('a_2.tif', size=(100, 100), **nowhere)
    with pytest.raises(ValueError, match=r'a_0\.tif .*a_2\.tif .* georeference them'):
        build(tmp_path)


@pytest.mark.parametrize(
    'name, profile, changes, message',
    [
        ('b_1.tif', {}, {}, r'No two of 2 rasters, .*a_1.tif.* named alike by'),
        ('a_2.tif', {}, dict(place='a'), 'has no group of that name'),
        ('a_2.tif', {}, dict(place='(?P<place>'), 'is no regular expression'),
        (
            'a_2.tif',
            dict(crs='EPSG:32634'),
            {},
            r'a_1.tif and .*a_2.tif .* EPSG:32633 and EPSG:32634; reproject',
        ),
        ('a_2.tif', dict(crs=None), {}, 'EPSG:32633 and none; reproject'),
        (
            'a_2.tif',
            dict(transform=FIRST * Affine.scale(5)),
            {},
            r'a_2.tif has pixels of 10 but .*a_1.tif, .* resample',
        ),
        (
            'b_2.tif',
            dict(transform=FIRST * Affine.translation(1000, 0)),
            dict(place=None),
            'No two of 2 rasters, .* by their bounds',
        ),
    ],
)
def test_errors_name_the_cure(tmp_path, write, name, profile, changes, message):
    write('a_1.tif', FIRST)
    write(name, **{'transform': FIRST, **profile})
    with pytest.raises(ValueError, match=message):
        build(tmp_path, **changes)


SIMS = ('pos', 'neg')
CONFIG = Path(__file__).parents[2] / 'configs/glcnet/glcnet-dates_r18_small_naip.py'


def texture(transform, size, tone):
    """``(4, H, W)`` uint8 of ground that two dates share, each in its own tone."""
    rng = np.random.default_rng(0)
    metres = ground(transform, size, size).reshape(2, -1)
    waves = rng.normal(0, 0.15, (60, 2)) @ metres + rng.uniform(0, 6.3, (60, 1))
    pixels = rng.normal(0, 8, (4, 60)) @ np.sin(waves)
    pixels = 127 + tone * pixels.reshape(4, size, size)
    return pixels.clip(1, 255).astype('uint8')


def test_glcnet_learns_from_two_dates(tmp_path, write_raster):
    transforms = [FIRST, from_origin(499990.7, 5400011.3, 3, 3)]
    for date, (transform, size) in enumerate(zip(transforms, (260, 190), strict=True)):
        pixels = texture(transform, size, tone=1 - 0.3 * date)
        name = f'm_4709963_se_14_1_20{date}00831.tif'
        write_raster(tmp_path / 'data' / name, pixels, transform=transform, nodata=0)
    config = Config.fromfile(CONFIG)
    heads = dict(in_channels=16, embedding_channels=16)
    config.merge_from_dict(
        dict(
            model=dict(
                backbone=dict(base_channels=8),
                neck=dict(
                    decode_head=dict(in_channels=64, channels=16, c1_in_channels=8)
                ),
                global_head=heads,
                local_head=heads,
            ),
            optim_wrapper=dict(optimizer=dict(lr=0.003)),
            train_cfg=dict(max_iters=40),
            train_dataloader=dict(
                batch_size=8,
                num_workers=0,
                persistent_workers=False,
                dataset=dict(
                    data_root=str(tmp_path / 'data'), sampling=dict(num_windows=64)
                ),
            ),
            default_hooks=dict(logger=dict(interval=1)),
            work_dir=str(tmp_path / 'work'),
        )
    )
    runner = Runner.from_cfg(config)
    runner.train()
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    losses = [float(v) for v in re.findall(r'Iter\(train\).*?  loss: ([\d.]+)', log)]
    assert len(losses) == 40
    assert np.mean(losses[-4:]) < np.mean(losses[:4]) - 0.05
    # Regions of the same ground are told from others, which needs aligned dates.
    similar = [float(re.findall(rf'local_{s}_sim: ([\d.]+)', log)[-1]) for s in SIMS]
    assert similar[0] > similar[1] + 0.1
    assert re.search(r'with another date +(9\d\.\d|100\.0)% of the windows', log)


def test_real_dates_are_aligned(imagery):
    """Another date is more like a window than its own surroundings shifted."""
    folder = imagery / 'naip_series'
    if not folder.is_dir():
        pytest.skip(f'{folder} is absent')
    place = Config.fromfile(CONFIG).train_dataloader.dataset.place
    dataset = DatesDataset(
        str(folder),
        window=128,
        sampling=dict(num_windows=30, max_invalid_share=0.2),
        place=place,
        pipeline=[
            dict(type='LoadRaster', bands=[1]),
            dict(type='MakeViews', views=[{}, {}]),
            dict(type='PackViews'),
        ],
    )
    aligned, shifted, pairs = [], [], set()
    for index in range(30):
        packed = dataset[SampleKey(0, 0, index)]
        sample = packed['data_samples']
        pairs.add((sample.raster_path, sample.other_raster_path))
        first, second = (view[0].float().numpy() for view in packed['inputs'])
        core = (slice(8, -8), slice(8, -8))
        aligned.append(np.corrcoef(first[core].ravel(), second[core].ravel())[0, 1])
        moved = [np.roll(second, step, (0, 1))[core] for step in ((8, 0), (0, 8))]
        shifted += [np.corrcoef(first[core].ravel(), m.ravel())[0, 1] for m in moved]
    assert len(pairs) > 20 and all(a != b for a, b in pairs)
    assert np.median(aligned) > np.median(shifted) + 0.1
