"""Labels and unlabelled windows at once: trained, resumed exactly, mapped."""

import re

import numpy as np
import pytest
import rasterio
import torch
from test_tools import finetuning, fork, scenes, train  # noqa: F401

from glcnet_mm.models.weights.checkpoints import read_checkpoint

pytestmark = pytest.mark.slow


def test_consistency_learns_resumes_exactly_and_maps(scenes, finetuning):  # noqa: F811
    text = finetuning.read_text()
    start = text.index("    dict(\n        type='LoadPretrainedHook'")
    text = text[:start] + text[text.index(']\ndata = dict(') :]
    text = text.replace('checkpoint=dict(interval=30)', 'checkpoint=dict(interval=15)')
    text = text.replace("model = dict(\n", """model = dict(
    type='ConsistencySegmentor', ramp_iterations=10, threshold=0.4, momentum=0.2,
    feature_dropout=0.5,
""")  # fmt: skip
    text += f"""
default_hooks.update(logger=dict(type='LoggerHook', interval=1))
optim_wrapper = dict(optimizer=dict(lr=0.01))
strong = dict(type='StrongViews', value_range=(0, 4000),
              photometry=[dict(type='BrightnessContrast')])
train_dataloader['dataset'] = dict(type='LabelledAndUnlabelled', datasets=[
    train_dataloader['dataset'],
    dict(type='WindowDataset', images='{scenes}/images', window=64,
         sampling=dict(num_windows=40),
         pipeline=[dict(type='LoadRaster'), strong, *pack]),
])
"""
    finetuning.write_text(text)
    output = train(finetuning, scenes / 'run')
    # Of the labels: the other part grows with the share of pixels that it trusts.
    history = [float(v) for v in re.findall(r'decode.loss_ce: ([\d.]+)', output)]
    assert len(history) == 30 and np.mean(history[-5:]) < np.mean(history[:5]) - 0.2
    shares = re.findall(r'trusted_share: ([\d.]+)', output)
    assert 0 < float(shares[-1]) <= 1
    whole = read_checkpoint(scenes / 'run/iter_30.pth').weights
    scene, out = scenes / 'images/0.tif', scenes / 'map.tif'
    weights = ['--checkpoint', scenes / 'run/iter_30.pth']
    fork('predict_scene.py', scene, out, '--config', finetuning, *weights, cwd=scenes)
    with rasterio.open(out) as file:
        assert len(set(np.unique(file.read(1))) - {255}) > 1
    train(finetuning, scenes / 'half', '--cfg-options', 'train_cfg.max_iters=15')
    train(finetuning, scenes / 'half', '--resume')
    again = read_checkpoint(scenes / 'half/iter_30.pth').weights
    assert all(torch.equal(whole[name], again[name]) for name in whole)
