"""What a run on a GPU has beyond its config."""

import pytest
import torch
from mmengine.config import ConfigDict

from glcnet_mm.engine.gpu_settings import allow_tf32, fused, pinned
from glcnet_mm.engine.runner import ReadableRunner


def test_loaders_are_pinned_on_gpus_only():
    loader = ConfigDict(batch_size=2)
    assert pinned(loader, gpu=True) == dict(batch_size=2, pin_memory=True)
    assert pinned(loader, gpu=False) is loader
    assert pinned(dict(pin_memory=False), gpu=True) == dict(pin_memory=False)
    loaded = torch.utils.data.DataLoader([1])
    assert pinned(loaded, gpu=True) is loaded


@pytest.mark.parametrize(
    ('optimizer', 'expected'),
    [
        (dict(type='Adam', lr=1), True),
        (dict(type='SGD', lr=1, fused=False), False),
        (dict(type='AdamW', foreach=True), None),
        (dict(type='LARS', lr=1), None),
    ],
)
def test_optimisers_are_fused_where_torch_can(optimizer, expected):
    wrapper = ConfigDict(type='OptimWrapper', optimizer=optimizer)
    assert fused(wrapper, gpu=True).get('optimizer').get('fused') is expected
    assert fused(wrapper, gpu=False) is wrapper


def test_the_runner_asks_for_them(monkeypatch):
    asked = []
    names = ('pinned', 'fused', 'allow_tf32')
    for name in names:
        monkeypatch.setattr(
            f'glcnet_mm.engine.runner.{name}', lambda x, name=name: asked.append(name)
        )
    runner = object.__new__(ReadableRunner)
    monkeypatch.setattr('mmengine.runner.Runner.build_dataloader', lambda loader: None)
    monkeypatch.setattr('mmengine.runner.Runner.setup_env', lambda *_: None)
    monkeypatch.setattr('mmengine.runner.Runner.build_optim_wrapper', lambda *_: None)
    runner.build_dataloader({})
    runner.build_optim_wrapper({})
    runner.setup_env({})
    assert asked == [*names]


def test_tf32_can_be_refused():
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    allow_tf32(False)
    assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.allow_tf32
    allow_tf32(True)
    assert torch.backends.cuda.matmul.allow_tf32 and torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
