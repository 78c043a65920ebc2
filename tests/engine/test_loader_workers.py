"""Nobody holds memory for batches that no loop will ask for."""

import multiprocessing

import pytest
from mmengine.config import Config

from glcnet_mm.launch import build_runner


@pytest.mark.parametrize('persistent', [True, False])
def test_workers_end_with_the_loop_that_they_load_for(finetuning, tmp_path, persistent):
    config = Config.fromfile(str(finetuning))
    config.work_dir = str(tmp_path / 'out')
    for loader in (config.train_dataloader, config.test_dataloader):
        loader.update(num_workers=2, persistent_workers=persistent)
    config.val_dataloader = config.test_dataloader
    config.val_evaluator, config.val_cfg = config.test_evaluator, dict(type='ValLoop')
    config.train_cfg.val_begin = 100
    before = set(multiprocessing.active_children())
    during = []
    runner = build_runner(config)
    step = runner.model.train_step

    def watched(*args, **kwargs):
        during.append(set(multiprocessing.active_children()) - before)
        return step(*args, **kwargs)

    runner.model.train_step = watched
    runner.train()
    assert len(during[0]) == 2
    assert set(multiprocessing.active_children()) == before
    first = runner.test()
    assert set(multiprocessing.active_children()) == before
    runner.val()
    assert set(multiprocessing.active_children()) == before
    # New ones are there where they are needed again.
    assert runner.test() == first


def test_a_loader_without_workers_needs_no_other_line(finetuning, tmp_path):
    config = Config.fromfile(str(finetuning))
    config.work_dir = str(tmp_path / 'out')
    more = dict(num_workers=0, persistent_workers=True, prefetch_factor=2)
    config.train_dataloader.update(more)
    build_runner(config).train()
