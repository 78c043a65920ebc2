"""The shipped configs of transformers learn, and fine-tuning takes what was learnt."""

import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from glcnet_mm.demo.sample import make_sample
from glcnet_mm.launch import build_runner, train

CONFIGS = Path(__file__).parents[2] / 'configs'


def run(path, folder, **hooks):
    """Two steps of a config on the sample; returns the runner."""
    config = Config.fromfile(CONFIGS / path)
    config.work_dir = str(folder / Path(path).stem)
    config.train_dataloader.update(
        batch_size=2, num_workers=0, persistent_workers=False
    )
    config.train_dataloader.pop('prefetch_factor', None)
    config.train_dataloader.dataset.data_root = str(folder)
    config.test_dataloader = config.test_cfg = config.test_evaluator = None
    config.train_cfg.max_iters = config.param_scheduler.end = 2
    config.visualizer.vis_backends = []
    for hook in config.custom_hooks:
        hook.update(hooks.get(hook.type, {}))
    runner = build_runner(config)
    train(runner)
    return runner


@pytest.fixture
def sample(tmp_path, monkeypatch):
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr('mmengine.runner.runner.get_git_hash', str)
    make_sample(tmp_path, size_px=160, parts=dict(unlabelled=1, train=1, test=1))
    return tmp_path


@pytest.mark.parametrize('name', ['segformer_mit-b0', 'upernet_swin-t'])
def test_pretraining_feeds_every_weight_of_the_segmentor(name, sample, capsys):
    head, backbone = name.split('_')
    runner = run(f'glcnet/glcnet_{backbone}_small_sample.py', sample)
    model, weights = runner.model, runner.model.state_dict()
    # Adam keeps moments of what has had a gradient, and all of it shall learn.
    moments = runner.optim_wrapper.optimizer.state
    assert all(parameter in moments for parameter in model.parameters())
    path = str(next(Path(runner.work_dir).glob('iter_2.pth')))
    capsys.readouterr()
    load = dict(LoadPretrainedHook=dict(checkpoint=path))
    finetuned = run(f'{head}/{name}_glcnet_small_sample.py', sample, **load)
    told = capsys.readouterr().out
    assert re.search(r'missing: 0\b', told) and re.search(r'mismatched: 0\b', told)
    found = finetuned.model.state_dict()
    key = 'backbone.norm3.weight' if head == 'upernet' else 'backbone.layers.3.2.weight'
    assert torch.allclose(found[key], weights[key], atol=0.01)
