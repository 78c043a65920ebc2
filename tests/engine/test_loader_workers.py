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
    # New ones are there where they are needed again.
    assert runner.test() == first
