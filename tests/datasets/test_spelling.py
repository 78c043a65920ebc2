"""Groups of settings, and the names they had before."""

import numpy as np
import pytest
from mmengine.config import Config

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.datasets import old_spelling as spelling
from glcnet_mm.datasets.old_spelling import new_spelling, old_spelling
from glcnet_mm.datasets.sample_keys import Described, Sample
from glcnet_mm.datasets.sampling_settings import with_sampling
from glcnet_mm.errors import UserError
from glcnet_mm.settings.arguments import check_arguments
from glcnet_mm.studies.data import data_mark

LOAD = [dict(type='LoadRaster'), dict(type='LoadLabel')]
COLOURS = [(255, 0, 0), (0, 255, 0)]
REPLACED = dict(images='masks')
SPELLINGS = [
    (dict(labels='masks'), dict(labels='masks')),
    (dict(labels=REPLACED), dict(labels=REPLACED)),
    (
        dict(labels='masks', label_ids={0: 1, 1: 'ignore'}, stride=16),
        dict(
            labels=dict(files='masks', ids={0: 1, 1: 'ignore'}),
            sampling=dict(stride=16),
        ),
    ),
    (
        dict(labels=REPLACED, label_ids={0: 0, 1: 1}, windows_file='few.tsv'),
        dict(
            labels=dict(files=REPLACED, ids={0: 0, 1: 1}),
            sampling=dict(windows_file='few.tsv'),
        ),
    ),
    (
        dict(
            labels='coloured',
            label_colours=COLOURS,
            ignored_colours=[(0, 0, 0)],
            num_windows=9,
            windows_per_region=3,
            max_invalid_share=0.5,
        ),
        dict(
            labels=dict(files='coloured', colours=COLOURS, ignored_colours=[(0, 0, 0)]),
            sampling=dict(num_windows=9, windows_per_region=3, max_invalid_share=0.5),
        ),
    ),
]


@pytest.fixture
def folder(tmp_path, write_raster, monkeypatch):
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 2, (48, 48), 'uint8')
    write_raster(tmp_path / 'images/a.tif', rng.integers(1, 9, (3, 48, 48), 'uint8'))
    write_raster(tmp_path / 'masks/a.tif', numbers)
    colours = np.array([*COLOURS, (0, 0, 0)], 'uint8')
    numbers[:8] = 2
    write_raster(tmp_path / 'coloured/a.tif', colours[numbers].transpose(2, 0, 1))
    (tmp_path / 'few.tsv').write_text('images/a.tif\t3\t5\nimages/a.tif\t0\t9\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(('old', 'new'), SPELLINGS)
def test_old_and_new_spelling_build_equal_sets(folder, old, new):
    common = dict(images='images', window=32, pipeline=LOAD, classes=['a', 'b'])
    one, other = (WindowDataset(**common, **given) for given in (old, new))
    assert len(one) == len(other) > 0 and one.metainfo == other.metainfo
    assert one.label_paths == other.label_paths
    for index in range(len(one)):
        first, second = one[index], other[index]
        assert first['window'] == second['window']
        for key in ('img', 'valid', 'gt_seg_map'):
            assert np.array_equal(first[key], second[key])
        assert first['unknown_label_pixels'] == second['unknown_label_pixels'] == 0
    assert new_spelling(old) == new
    assert old_spelling(new) == old_spelling(old)
    assert data_mark(old) == data_mark(new)


def test_the_note_comes_once_and_says_what_to_write(folder, monkeypatch):
    notes = []
    monkeypatch.setattr(spelling, 'print_log', lambda text, **_: notes.append(text))
    spelling._note.cache_clear()
    for _ in range(2):
        WindowDataset('images', 32, LOAD[:1], num_windows=2, ignored_colours=[])
    assert len(notes) == 1
    assert notes[0].endswith(
        'write sampling=dict(num_windows=...), '
        'labels=dict(files=..., ignored_colours=...).'
    )


def test_old_names_override_groups_of_a_base():
    base = dict(labels='a', sampling=dict(num_windows=9, max_invalid_share=0.2))
    found = new_spelling(dict(base, num_windows=None, label_ids={0: 0}))
    assert found == dict(
        labels=dict(files='a', ids={0: 0}),
        sampling=dict(num_windows=None, max_invalid_share=0.2),
    )
    assert with_sampling(dict(base, stride=4), num_windows=None)['sampling'] == dict(
        num_windows=None, max_invalid_share=0.2, stride=4
    )


def test_names_in_groups_are_checked(folder):
    with pytest.raises(UserError, match='sampling has no setting num_window; did you'):
        WindowDataset('images', 32, LOAD[:1], sampling=dict(num_window=2))
    with pytest.raises(UserError, match='labels has no setting table; there are'):
        WindowDataset('images', 32, LOAD[:1], labels=dict(files='masks', table={}))
    with pytest.raises(TypeError, match='strid'):
        WindowDataset('images', 32, LOAD[:1], strid=2)
    data = dict(type='WindowDataset', images='images', window=32, stride=4, pipeline=[])
    check_arguments(Config(dict(train_dataloader=dict(dataset=data))))
    with pytest.raises(UserError, match='dataset.windw'):
        check_arguments(
            Config(dict(train_dataloader=dict(dataset=data | {'windw': 1})))
        )


def test_a_sample_holds_the_keys_that_are_written_down(folder):
    pipeline = [
        *LOAD,
        dict(type='MakeViews', views=[dict(), dict()]),
        dict(type='StrongViews', photometry=[]),
    ]
    dataset = WindowDataset('images', 32, pipeline, labels='masks', classes=['a', 'b'])
    scene, window = dataset.fixed_window(0)
    optional = Described.__optional_keys__
    assert {*dataset.describe(scene, window)} == {*Described.__annotations__} - optional
    sample = dataset[0]
    assert {*sample} <= {*Sample.__annotations__}
    assert {*Sample.__annotations__} - {*sample} == {
        'other',
        'targets',
        'flip',
        'flip_direction',
    }
