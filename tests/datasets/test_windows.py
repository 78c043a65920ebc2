"""Sources, pairing, labels and the data set, on files of every kind."""

import pickle

import numpy as np
import pytest

from glcnet_mm.datasets import (
    InfinitePerSampleSampler,
    PerSampleSampler,
    PotsdamTilesDataset,
    SampleKey,
)
from glcnet_mm.datasets.known_sets import POTSDAM
from glcnet_mm.datasets.labels import LabelDecoder
from glcnet_mm.datasets.windows_file import read_windows
from glcnet_mm.inspection.facts import gather
from glcnet_mm.rasters.sources import find_rasters, pair_labels
from glcnet_mm.splits.label_fractions import draw_windows, write_windows
from tests.layouts import LOAD, image, windows_of

COLOURS = [(255, 0, 0), (0, 255, 0)]


@pytest.fixture
def folder(tmp_path, write_raster):
    """Three images with labels of two classes, as ids."""
    for seed in range(3):
        write_raster(tmp_path / f'images/s{seed}.tif', image(seed))
        labels = np.random.default_rng(seed).integers(0, 2, (64, 64), 'uint8')
        write_raster(tmp_path / f'labels/s{seed}.tif', labels)
    return tmp_path


def test_sources_of_every_kind(folder, write_raster):
    root = str(folder)
    (folder / 'list.txt').write_text('images/s1.tif\nimages/s0.tif\n')
    assert len(find_rasters('images', root)) == 3
    assert find_rasters(['images/s2.tif', 'list.txt'], root) == [
        f'{root}/images/s2.tif',
        f'{root}/images/s1.tif',
        f'{root}/images/s0.tif',
    ]
    assert len(find_rasters('ima*', root)) == 3


@pytest.mark.parametrize(
    'source, message',
    [
        ('nowhere', 'nowhere does not exist'),
        ('empty', 'empty holds no rasters'),
        ('bad.txt', 'bad.txt lists gone.tif'),
        ('none*', 'Nothing matches'),
    ],
)
def test_bad_sources_are_named(folder, source, message):
    (folder / 'empty').mkdir()
    (folder / 'bad.txt').write_text('gone.tif\n')
    with pytest.raises(FileNotFoundError, match=message):
        find_rasters(source, str(folder))


def test_labels_pair_by_name_or_by_folder(folder):
    images = find_rasters('images', str(folder))
    by_name = pair_labels(images, 'labels', str(folder))
    assert by_name == pair_labels(images, dict(images='labels'))
    (folder / 'labels/s1.tif').unlink()
    for labels in ('labels', dict(images='labels')):
        with pytest.raises(FileNotFoundError, match='images/s1.tif has no label'):
            pair_labels(images, labels, str(folder))


def test_equal_names_cannot_pair_by_name(folder, write_raster):
    write_raster(folder / 'labels/more/s1.tif', image(bands=1))
    with pytest.raises(ValueError, match='have the same name'):
        windows_of(folder)


def test_label_of_another_size_is_refused(folder, write_raster):
    write_raster(folder / 'labels/s1.tif', np.zeros((60, 64), 'uint8'))
    with pytest.raises(ValueError, match=r'labels/s1.tif has 64x60 .* 64x64'):
        windows_of(folder)


def test_windows_hold_the_pixels_of_image_and_label(folder):
    dataset = windows_of(folder)
    assert len(dataset) == 12
    sample = dataset[5]
    assert sample['raster_path'].endswith('s1.tif')
    assert tuple(sample['window']) == (32, 0, 32, 32)
    assert np.array_equal(sample['img'], image(1).transpose(1, 2, 0)[:32, 32:])
    truth = np.random.default_rng(1).integers(0, 2, (64, 64), 'uint8')
    assert np.array_equal(sample['gt_seg_map'], truth[:32, 32:])


def test_a_sample_never_aliases_what_the_next_reads(folder):
    dataset = windows_of(folder)
    first = dataset[0]
    kept = first['img'].copy()
    first['img'][:] = 0
    assert np.array_equal(dataset[0]['img'], kept)


def test_what_lies_outside_is_ignored(folder):
    sample = windows_of(folder, window=48)[3]
    assert sample['valid'].sum() == 16 * 16
    assert (sample['gt_seg_map'][~sample['valid']] == 255).all()
    assert (sample['gt_seg_map'][sample['valid']] < 2).all()


def test_value_outside_the_classes_names_file_and_value(folder, write_raster):
    write_raster(folder / 'labels/s0.tif', np.full((64, 64), 6, 'uint8'))
    with pytest.raises(ValueError, match=r'labels/s0.tif holds the label value 6'):
        windows_of(folder)[0]


def test_ids_are_mapped(folder):
    dataset = windows_of(folder, labels=dict(files='labels', ids={0: 1, 1: 'ignore'}))
    truth = np.random.default_rng(0).integers(0, 2, (64, 64), 'uint8')[:32, :32]
    assert np.array_equal(dataset[0]['gt_seg_map'], np.where(truth == 0, 1, 255))
    with pytest.raises(ValueError, match='maps 0 to class 5'):
        windows_of(folder, labels=dict(files='labels', ids={0: 5}))


@pytest.mark.parametrize('palette', [False, True])
def test_colours_become_classes_and_unknown_ones_are_counted(
    folder, write_raster, palette
):
    codes = np.random.default_rng(4).integers(0, 3, (64, 64), 'uint8')
    colours = np.array([*COLOURS, (9, 9, 9)], 'uint8')
    for seed in range(3):
        path = folder / f'labels/s{seed}.tif'
        if palette:
            table = {i: (*map(int, c), 255) for i, c in enumerate(colours)}
            write_raster(path, codes, colours=table)
        else:
            write_raster(path, colours[codes].transpose(2, 0, 1))
    dataset = windows_of(folder, labels=dict(files='labels', colours=COLOURS))
    sample = dataset[0]
    expected = np.where(codes == 2, 255, codes)[:32, :32]
    assert np.array_equal(sample['gt_seg_map'], expected)
    assert sample['unknown_label_pixels'] == (expected == 255).sum()
    assert gather(dataset).strangers[9, 9, 9][0] == 3 * (codes == 2).sum()
    assert dataset.metainfo['palette'] == [[255, 0, 0], [0, 255, 0]]


def test_colours_without_a_table_and_a_table_without_colours():
    rgb = np.random.default_rng(0).integers(0, 255, (4, 4, 3), 'uint8')
    with pytest.raises(ValueError, match='x.tif holds colours'):
        LabelDecoder(['a', 'b'])(rgb, 'x.tif')
    with pytest.raises(ValueError, match='x.tif has 1 band and no palette'):
        LabelDecoder(['a', 'b'], colours=COLOURS)(rgb[..., :1], 'x.tif')
    with pytest.raises(ValueError, match='1 entries for 2 classes'):
        LabelDecoder(['a', 'b'], colours=COLOURS[:1])


def test_empty_windows_are_drawn_again(folder, write_raster):
    pixels = image(size=256)
    pixels[:, :, 40:] = 0
    for seed in range(3):
        write_raster(folder / f'images/s{seed}.tif', pixels, nodata=0)
    dataset = windows_of(
        folder,
        labels=None,
        sampling=dict(num_windows=20, max_invalid_share=0.5),
        pipeline=LOAD[:1],
    )
    shares = [dataset[SampleKey(0, 0, i)]['valid'].mean() for i in range(20)]
    assert min(shares) >= 0.5
    again = [dataset[SampleKey(0, 0, i)]['valid'].mean() for i in range(20)]
    assert shares == again


def test_hopeless_screening_ends_with_a_sentence(folder, write_raster):
    pixels = image(size=64)
    pixels[:, :, 8:] = 0
    for seed in range(3):
        write_raster(folder / f'images/s{seed}.tif', pixels, nodata=0)
    dataset = windows_of(
        folder, labels=None, sampling=dict(max_invalid_share=0.1), pipeline=LOAD[:1]
    )
    with pytest.raises(ValueError, match='had more than 10% invalid pixels'):
        dataset[0]


def test_epochs_differ_and_keys_decide(folder):
    dataset = windows_of(
        folder, labels=None, sampling=dict(num_windows=5), pipeline=LOAD[:1]
    )
    windows = [
        [tuple(dataset[SampleKey(7, epoch, i)]['window']) for i in range(5)]
        for epoch in (0, 1, 0)
    ]
    assert windows[0] == windows[2] != windows[1]


def test_samplers_agree_and_skip():
    data = range(5)
    epochs = []
    for epoch in range(3):
        sampler = PerSampleSampler(data, seed=1)
        sampler.set_epoch(epoch)
        epochs += list(sampler)
    assert sorted(key.index for key in epochs[:5]) == list(range(5))
    stream = InfinitePerSampleSampler(data, seed=1)
    assert [k for k, _ in zip(stream, range(15), strict=False)] == epochs
    stream.skip(7)
    assert [k for k, _ in zip(stream, range(8), strict=False)] == epochs[7:]


def test_a_dataset_travels_to_workers_by_pickle(folder):
    dataset = windows_of(folder)
    dataset[0]
    copy = pickle.loads(pickle.dumps(dataset))
    assert np.array_equal(copy[3]['img'], dataset[3]['img'])


def test_drawn_windows_are_a_file(folder):
    dataset = windows_of(folder)
    drawn = draw_windows(dataset, 0.25, seed=5)
    assert drawn == draw_windows(dataset, 0.25, seed=5) and len(drawn) == 3
    path = folder / 'few.tsv'
    write_windows(str(path), drawn, str(folder), 'seed 5')
    few = windows_of(folder, sampling=dict(windows_file=str(path)))
    found = [(s['raster_path'], s['window'].col, s['window'].row) for s in few]
    assert sorted(found[:3]) == drawn and len(few) == 3
    path.write_text('images/other.tif\t0\t0\n')
    with pytest.raises(ValueError, match='other.tif" is none of the 3 rasters'):
        windows_of(folder, sampling=dict(windows_file=str(path)))
    with pytest.raises(FileNotFoundError, match='gone.tsv, a list of windows'):
        windows_of(folder, sampling=dict(windows_file=str(folder / 'gone.tsv')))


def test_listed_scenes_are_told_by_the_ends_of_their_paths(folder, write_raster):
    write_raster(folder / 'images/more/s1.tif', image(5))
    dataset = windows_of(folder, labels=None)
    listed = folder / 'few.tsv'
    lines = ['# remark', '', 's2.tif\t32\t0', 'more/s1.tif\t0\t32']
    lines += ['images/s1.tif\t0\t0', f'{folder}/images/s0.tif\t8\t8']
    listed.write_text('\n'.join(lines))
    found = read_windows(str(listed), dataset.index.infos, 32)
    ends = ['images/s2.tif', 'images/more/s1.tif', 'images/s1.tif', 'images/s0.tif']
    assert [dataset.index.infos[scene].path for scene, _ in found] == [
        str(folder / end) for end in ends
    ]
    assert [tuple(w)[:2] for _, w in found] == [(32, 0), (0, 32), (0, 0), (8, 8)]
    for name, message in (
        ('s1.tif', '"s1.tif" is the end of 2 paths'),
        ('1.tif', 'is none of the 4 rasters'),
        ('s2.tif\t1', 'names no window; it needs'),
    ):
        listed.write_text(f'{name}\t0\t0\n')
        with pytest.raises(ValueError, match=message):
            read_windows(str(listed), dataset.index.infos, 32)


def test_a_draw_can_begin_with_every_class(tmp_path, write_raster):
    labels = np.zeros((320, 320), 'uint8')
    labels[32:64, :32] = 1  # one window of 100
    labels[0, 40] = 2  # one pixel, too few for a window to show it
    write_raster(tmp_path / 'images/0.tif', image(0, 3, 320))
    write_raster(tmp_path / 'labels/0.tif', labels)
    dataset = windows_of(tmp_path, classes=['a', 'b', 'c'])
    rare = (str(tmp_path / 'images/0.tif'), 0, 32)
    assert sum(rare in draw_windows(dataset, 0.05, seed) for seed in range(8)) < 4
    for seed in range(8):
        few = draw_windows(dataset, 0.05, seed, every_class=True)
        more = draw_windows(dataset, 0.2, seed, every_class=True)
        assert rare in few and len(few) == 5 and len(more) == 20
        assert set(few) < set(more)


def potsdam(folder, write_raster):
    colours = np.array(list(POTSDAM.values()) + [(0, 0, 0)], 'uint8')
    codes = np.random.default_rng(0).integers(0, 7, (32, 32))
    for i in range(2):
        write_raster(folder / f'train_RGBIR/t_{i}.tif', image(i, 4, 32))
        write_raster(folder / f'train_lbl/t_{i}.tif', colours[codes].transpose(2, 0, 1))
    (folder / 'trainR1_RGBIR.txt').write_text('t_1.tif\n')
    return codes


def test_potsdam_layout_in_six_and_seven_classes(tmp_path, write_raster):
    codes = potsdam(tmp_path, write_raster)
    settings = dict(data_root=str(tmp_path), split='trainR1', window=32, pipeline=LOAD)
    six = PotsdamTilesDataset(**settings)
    assert len(six) == 1 and six[0]['img'].shape == (32, 32, 4)
    assert np.array_equal(six[0]['gt_seg_map'], np.where(codes == 6, 255, codes))
    seven = PotsdamTilesDataset(seven_classes=True, **settings)
    # The authors' numbers of: impervious, building, low, tree, car, clutter, padding.
    authors = np.array([2, 5, 1, 3, 6, 4, 0])
    assert np.array_equal(seven[0]['gt_seg_map'], authors[codes])
    with pytest.raises(ValueError, match='must contain "train" or "val"'):
        PotsdamTilesDataset(**{**settings, 'split': 'test'})


def test_dubai_masks_of_both_kinds_decode(imagery):
    from glcnet_mm.datasets import DubaiDataset

    dataset = DubaiDataset(
        data_root=str(imagery / 'dubai_aerial'),
        areas=[1, 2],
        window=256,
        pipeline=LOAD,
    )
    facts = gather(dataset)
    assert len(dataset.sources) == 18 and facts.bands == [1, 2, 3]
    assert sum(facts.shares.values()) == pytest.approx(1)
    assert facts.shares['land'] > 0.1
