"""Windows of one region: the same pixels as alone, drawn as often as alone."""

from collections import Counter

import numpy as np
import pytest
from torch.utils.data import DataLoader

from glcnet_mm.datasets import (
    DatesDataset,
    DomainDataset,
    PerSampleSampler,
    SampleKey,
)
from glcnet_mm.datasets import shared_reads as module
from glcnet_mm.datasets.sampling_settings import with_sampling
from glcnet_mm.datasets.shared_reads import cell_of
from glcnet_mm.rasters import resample
from glcnet_mm.rasters.raster_io import Window, read_window
from tests.layouts import LOAD, windows_of

TILES = dict(tiled=True, blockxsize=64, blockysize=64, compress='deflate')


@pytest.fixture
def folder(tmp_path, write_raster):
    """A tiled and a striped raster with nodata, and one of the window's size."""
    rng = np.random.default_rng(0)
    sizes = dict(a=(300, 200), b=(150, 260), c=(32, 32))
    for name, size in sizes.items():
        pixels = rng.integers(0, 4, (3, *size), 'uint8')
        layout = TILES if name == 'a' else dict(compress='lzw')
        write_raster(tmp_path / f'images/{name}.tif', pixels, nodata=0, **layout)
        label = rng.integers(0, 2, size, 'uint8')
        write_raster(tmp_path / f'labels/{name}.tif', label, **TILES)
    return tmp_path


def build(folder, sampling=None, **changes):
    groups = dict(num_windows=64, windows_per_region=4) | (sampling or {})
    return windows_of(folder, sampling=groups, **changes)


@pytest.mark.parametrize('block', [(16, 16), (64, 64), (128, 128), (3000, 4)])
@pytest.mark.parametrize('size', [(70, 33), (300, 200), (2600, 130)])
def test_cells_are_a_partition_and_bounded(block, size):
    side = 32
    cells, counts = {}, Counter()
    cols, rows = size[0] - side + 1, size[1] - side + 1
    for col in range(0, cols, 7):
        for row in range(rows):
            cell = cell_of(Window(col, row, side, side), size, block)
            assert 0 <= col - cell.col < cell.cols and 0 <= row - cell.row < cell.rows
            region = cell.region(side)
            assert region.col + region.width <= size[0]
            assert region.row + region.height <= size[1]
            assert max(region.width, region.height) <= 1024
            counts[cell] += 1
            cells[cell] = True
    # Distinct cells that hold every position and have as many are disjoint.
    assert sum(c.cols * c.rows for c in cells) == cols * rows


def test_windows_of_a_cell_lie_in_the_same_blocks_where_blocks_are_large():
    for col in range(0, 300 - 31):
        cell = cell_of(Window(col, 0, 32, 32), (300, 300), (64, 64))
        for other in (cell.col, cell.col + cell.cols - 1):
            assert (other // 64, (other + 31) // 64) == (col // 64, (col + 31) // 64)


def test_every_position_stays_equally_likely(tmp_path, write_raster):
    # 44 x 36 and 1 position: each 1 in 1585, whatever the group, cell and raster.
    write_raster(tmp_path / 'images/a.tif', np.ones((1, 67, 75), 'uint8'), **TILES)
    write_raster(tmp_path / 'images/b.tif', np.ones((1, 32, 32), 'uint8'))
    dataset = build(
        tmp_path, labels=None, pipeline=LOAD[:1], sampling=dict(num_windows=10**6)
    )
    draws, counts = 40_000, Counter()
    for index in range(draws):
        key = SampleKey(0, 0, index)
        scene, window, _ = dataset._draw(key, 0, np.random.default_rng(list(key)))
        counts[scene, window.col, window.row] += 1
    positions = 44 * 36 + 1
    assert len(counts) == positions
    # Groups of 4 share a cell, which widens the spread of counts but moves no mean:
    # rows and columns, each of many positions, come as often as they should.
    for axis, length in ((1, 44), (2, 36)):
        shares = np.zeros(length)
        for place, count in counts.items():
            shares[place[axis]] += count / draws * (place[0] == 0)
        assert shares == pytest.approx(1 / length, rel=0.25)
        half = shares[: length // 2].sum()
        assert half == pytest.approx((length // 2) / length, abs=0.02)
    assert counts[1, 0, 0] < 80  # 25 expected


def test_small_rasters_give_each_sample_its_own_window(tmp_path, write_raster):
    for number in range(20):
        write_raster(tmp_path / f'images/{number}.tif', np.ones((1, 32, 32), 'uint8'))
    dataset = build(tmp_path, labels=None, pipeline=LOAD[:1])
    scenes = [dataset[i]['raster_path'] for i in range(64)]
    assert len(set(scenes[:4])) > 1 and len(set(scenes)) > 15


@pytest.fixture
def reads(monkeypatch):
    """Path of every region that is read."""
    paths = []

    def counted(path, window, bands=None):
        paths.append(path)
        return read_window(path, window, bands)

    monkeypatch.setattr(resample, 'read_window', counted)
    return paths


def test_a_group_reads_one_region_and_gives_what_is_in_the_files(folder, reads):
    dataset = build(folder, sampling=dict(num_windows=400))
    for index in range(400):
        sample = dataset[SampleKey(5, 1, index)]
        pixels, valid = read_window(sample['raster_path'], sample['window'])
        assert np.array_equal(sample['img'], pixels)
        assert np.array_equal(sample['valid'], valid) and not valid.all()
        label, _ = read_window(sample['label_path'], sample['window'])
        assert np.array_equal(sample['gt_seg_map'], label[..., 0])
    assert len(reads) <= 2 * 400 / 4 + 8  # image and label once a group


def test_domains_read_their_regions_once(folder, reads):
    views = [dict(type='MakeViews', views=[{}, {}]), dict(type='PackViews')]
    one = dict(
        type='WindowDataset',
        images=str(folder / 'images'),
        window=32,
        pipeline=[*LOAD[:1], *views],
        sampling=dict(num_windows=48, windows_per_region=4),
    )
    dataset = DomainDataset([one, with_sampling(one, windows_per_region=6)])
    keys = list(PerSampleSampler(dataset, seed=0))
    for key in keys:
        dataset[key]
    assert len(keys) == 96 and len(reads) <= 48 / 4 + 48 / 6


def seen(dataset, indices):
    found = {}
    for index in indices:
        sample = dataset[SampleKey(3, 2, index)]
        found[index] = (tuple(sample['window']), sample['img'].tobytes())
    return found


def test_order_and_cache_change_nothing(folder):
    dataset = build(folder, sampling=dict(max_invalid_share=0.02))
    straight = seen(dataset, range(64))
    mixed = np.random.default_rng(0).permutation(64)
    module._KEPT.regions.clear()
    assert seen(dataset, mixed.tolist()) == straight
    # Nobody can write into what the next sample reads.
    dataset[SampleKey(3, 2, 0)]['img'][:] = 77
    assert seen(dataset, [1, 2, 3, 0]) == {i: straight[i] for i in (1, 2, 3, 0)}
    assert len(module._KEPT.regions) <= module.MAX_KEPT


def first_of(batch):
    return batch[0]


@pytest.mark.parametrize('workers', [1, 3])
def test_workers_change_nothing(folder, workers):
    dataset = build(folder)
    keys = [SampleKey(3, 2, index) for index in range(64)]
    dataset[keys[5]]  # the parent holds regions when it forks
    loader = DataLoader(dataset, sampler=keys, num_workers=workers, collate_fn=first_of)
    found = [(tuple(s['window']), s['img'].tobytes()) for s in loader]
    assert found == list(seen(dataset, range(64)).values())


def test_groups_share_a_place_and_epochs_do_not(folder):
    dataset = build(folder, labels=None, pipeline=LOAD[:1])
    samples = [dataset[SampleKey(0, 0, i)] for i in range(64)]
    for first in range(0, 64, 4):
        group = samples[first : first + 4]
        paths = {sample['raster_path'] for sample in group}
        if not paths <= {f'{folder}/images/c.tif'}:
            assert len(paths) == 1
            assert len({tuple(sample['window']) for sample in group}) > 1
    other = [tuple(dataset[SampleKey(0, 1, i)]['window']) for i in range(64)]
    assert other != [tuple(sample['window']) for sample in samples]


def test_refused_windows_share_their_next_region_too(tmp_path, write_raster):
    pixels = np.zeros((1, 512, 512), 'uint8')
    pixels[:, :, 300:] = 9
    write_raster(tmp_path / 'images/a.tif', pixels, nodata=0, **TILES)
    dataset = build(
        tmp_path,
        labels=None,
        pipeline=LOAD[:1],
        sampling=dict(max_invalid_share=0, num_windows=999),
    )
    columns = [dataset[i]['window'].col for i in range(600)]
    assert min(columns) >= 300
    # Uniform over the columns that are left, 300 to 480.
    assert np.mean(columns) == pytest.approx(390, abs=12)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(sampling=dict(num_windows=None)), 'set num_windows'),
        (dict(sampling=dict(windows_file='x.tsv')), 'no windows_file'),
        (dict(sampling=dict(windows_per_region=0)), 'must be 1, 2, 3, ..., got 0'),
        (dict(sampling=dict(windows_per_region=2.5)), 'got 2.5'),
    ],
)
def test_where_it_has_no_meaning_it_is_refused(folder, changes, message):
    with pytest.raises(ValueError, match=message):
        build(folder, **changes)


def test_dates_refuse_it(folder):
    settings = dict(
        images=str(folder / 'images'),
        window=32,
        pipeline=LOAD[:1],
        sampling=dict(num_windows=8, windows_per_region=2),
    )
    with pytest.raises(ValueError, match='no meaning for DatesDataset'):
        DatesDataset(**settings)
