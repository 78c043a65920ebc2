"""A config file of a very small run, as a user writes one."""

from pathlib import Path

import numpy as np
import pytest

from glcnet_mm.engine.readable_config import config_text

BASE = (Path(__file__).parents[2] / 'configs/_base_').as_posix()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Spares what mmengine's own runner does every time.

    It asks for compilers and git, and lays its config's text out six times.
    """
    text = property(lambda config: config_text(config.to_dict()))
    monkeypatch.setattr('mmengine.config.Config.pretty_text', text)
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    monkeypatch.setattr('mmengine.runner.runner.get_git_hash', str)


@pytest.fixture
def finetuning(tmp_path, write_raster):
    """A fine-tuning of four iterations on one raster of three classes."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (4, 4), 'uint8').repeat(16, 0).repeat(16, 1)
    pixels = 60 + 60 * labels + rng.normal(0, 20, (3, 64, 64))
    write_raster(tmp_path / 'images/a.tif', pixels.clip(1, 250).astype('uint8'))
    write_raster(tmp_path / 'labels/a.tif', labels)
    path = tmp_path / 'tiny.py'
    path.write_text(f"""
_base_ = [
    '{BASE}/models/deeplabv3plus_r50.py',
    '{BASE}/schedules/finetune_iterations.py',
    '{BASE}/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(mean=100.0, std=50.0),
    backbone=dict(depth=18, base_channels=8, in_channels=3),
    decode_head=dict(in_channels=64, channels=8, c1_in_channels=8, num_classes=3),
)
param_scheduler = dict(end=4)
train_cfg = dict(max_iters=4)
saving = dict(interval=1, max_keep_ckpts=3)
default_hooks = dict(checkpoint=saving, logger=dict(interval=1))
visualizer = dict(vis_backends=[dict(type='LocalVisBackend')])
data = dict(
    type='WindowDataset',
    images='{tmp_path}/images',
    labels='{tmp_path}/labels',
    classes=['dark', 'grey', 'bright'],
    window=32,
)
load = [dict(type='LoadRaster'), dict(type='LoadLabel')]
augment = [dict(type='AugmentWindow', geometry=[dict(type='FlipAxes')])]
pack = [dict(type='PackWindow')]
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='InfinitePerSampleSampler'),
    dataset=dict(pipeline=load + augment + pack, **data),
)
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=load + pack, **data),
)
""")
    return path
