"""Every setting that a result depends on is compared when a run is resumed."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from torch.utils.data import ConcatDataset

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.engine.run_settings import (
    changed_settings,
    describe_changes,
    refuse_changes,
    run_settings,
)

SETTINGS = dict(
    model=dict(head=dict(temperature=0.5)),
    train_dataloader=dict(
        batch_size=2,
        num_workers=0,
        prefetch_factor=2,
        dataset=dict(window=32, catalogue='a.npz', pipeline=[dict(type='A', p=0.1)]),
    ),
    optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3)),
    param_scheduler=[dict(type='PolyLR', end=4)],
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=4),
    custom_hooks=[dict(type='FanInInitHook', first=True)],
    auto_scale_lr=dict(enable=False),
    log_level='INFO',
)


@pytest.fixture
def settings(tmp_path, write_raster):
    """Settings of a run with some changes to its config, or other data."""
    write_raster(tmp_path / 'a.tif', np.ones((1, 64, 64), 'uint8'))

    def found(changes=None, dataset=None):
        config = Config(copy.deepcopy(SETTINGS))
        config.merge_from_dict(changes or {})
        data = dataset or WindowDataset(str(tmp_path), 32, [])
        runner = SimpleNamespace(
            cfg=config,
            model=torch.nn.Linear(1, 1),
            train_dataloader=SimpleNamespace(dataset=data),
        )
        return run_settings(runner)

    return found


CHANGES = {
    'model.head.temperature': 0.1,
    'train_dataloader.dataset.window': 16,
    'train_dataloader.dataset.pipeline.0.p': 0.9,
    'optim_wrapper.type': 'AmpOptimWrapper',
    'optim_wrapper.optimizer.lr': 0.5,
    'param_scheduler.0.end': 9,
    'train_cfg.max_iters': 8,
    'custom_hooks.0.first': False,
    'auto_scale_lr.enable': True,
}


@pytest.mark.parametrize('name', CHANGES)
def test_a_change_of_any_part_is_named_with_both_values(settings, name):
    before, now = settings(), settings({name: CHANGES[name]})
    assert changed_settings(before, now) == [name]
    text = describe_changes(before, now, [name])
    assert f'{name}: {before[name]} there, {CHANGES[name]!r} now' in text
    stays = name.startswith(('optim_wrapper.optimizer', 'param_scheduler'))
    assert ("the checkpoint's stays" in text) == stays


@pytest.mark.parametrize(
    'name', ['num_workers', 'prefetch_factor', 'dataset.catalogue']
)
def test_what_has_no_effect_is_not_named(settings, name):
    now = settings({f'train_dataloader.{name}': 1, 'log_level': 'ERROR'})
    assert changed_settings(settings(), now) == []


def test_a_setting_that_is_new_or_gone_is_named(settings):
    before, now = settings(), settings({'model.head.bias': True})
    assert changed_settings(before, now) == changed_settings(now, before)
    text = describe_changes(before, now, changed_settings(before, now))
    assert text == '  model.head.bias: not set there, True now'


def test_long_values_differ_by_their_ends(settings):
    first, second = ({'model.mean': [*range(99), end]} for end in (1, 2))
    changed = changed_settings(settings(first), settings(second))
    assert changed == ['model.mean']


def test_the_machine_and_its_software_are_named(settings, monkeypatch):
    before = settings()
    monkeypatch.setattr(torch, '__version__', '1.2.3')
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 99)
    monkeypatch.setattr(
        torch.nn.Linear, 'parameters', lambda _: iter([torch.ones(1, device='meta')])
    )
    assert changed_settings(before, settings()) == ['device', 'threads', 'torch']


def test_other_data_under_the_same_settings_are_named(settings, tmp_path, write_raster):
    before = settings()
    write_raster(tmp_path / 'a.tif', np.ones((1, 60, 64), 'uint8'))
    assert changed_settings(before, settings()) == ['images']
    write_raster(tmp_path / 'b.tif', np.ones((1, 64, 64), 'uint8'))
    assert changed_settings(before, settings()) == ['images', 'samples']


def test_other_listed_windows_are_named(settings, tmp_path):
    def listed(col):
        (tmp_path / 'list.tsv').write_text(f'a.tif\t{col}\t0\n')
        sampling = dict(windows_file=str(tmp_path / 'list.tsv'))
        return WindowDataset(str(tmp_path / 'a.tif'), 32, [], sampling=sampling)

    before, now = (settings(dataset=listed(col)) for col in (0, 32))
    assert changed_settings(before, now) == ['listed windows']
    both = [settings(dataset=ConcatDataset([listed(0), listed(c)])) for c in (0, 32)]
    assert changed_settings(*both) == ['listed windows.1']


def test_more_changes_than_are_shown_are_counted(settings):
    now = settings(CHANGES)
    text = describe_changes(settings(), now, changed_settings(settings(), now))
    assert text.count('\n') == 8 and text.endswith('and 1 more')


@pytest.mark.parametrize(
    'changes, sentence',
    [
        ({'optim_wrapper.optimizer.type': 'SGD'}, "optimizer.type was 'Adam' and is"),
        ({'train_cfg.type': 'EpochBasedTrainLoop'}, "train_cfg.type was 'IterBasedTr"),
        ({'param_scheduler.0.type': 'LinearLR'}, "'PolyLR' and are 'LinearLR' now"),
        ({'param_scheduler': [dict(type='PolyLR', end=4)] * 2},
         "'PolyLR' and are 'PolyLR', 'PolyLR' now"),
    ],
)  # fmt: skip
def test_what_cannot_go_on_is_refused(settings, changes, sentence):
    before, now = settings(), settings(changes)
    with pytest.raises(ValueError, match=f'cannot be resumed: .*{sentence}'):
        refuse_changes(before, now, changed_settings(before, now))
    refuse_changes(before, before, [])
