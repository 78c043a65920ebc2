"""Models of ``configs/_base_/models``, narrow or as they are, and samples for them."""

from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

import glcnet_mm  # noqa: F401
from glcnet_mm.models.weights.levels import load_level

FOLDER = Path(__file__).parents[1] / 'configs/_base_/models'


def base_model(name):
    return Config.fromfile(FOLDER / f'{name}.py').model


def narrow_model(name):
    """With ResNets-18 of 8 channels at their stems, and a decode head to match."""
    config = base_model(name)
    backbone = config.backbone
    for part in (backbone.get('optical', backbone), backbone.get('sar', backbone)):
        part.update(depth=18, base_channels=8)
    head = config.get('decode_head') or config.get('neck', {}).get('decode_head')
    if head:
        head.update(in_channels=64, channels=16, c1_in_channels=8)
    return config


def same_views(count, size=64, **changes):
    """Samples whose two views show one ground, valid everywhere."""
    fields = dict(
        homographies=torch.eye(3, dtype=torch.float64).repeat(2, 1, 1),
        valid=torch.ones(2, size, size, dtype=torch.bool),
    )
    return [
        BaseDataElement(**{**fields, **changes}, match_seed=torch.tensor(seed))
        for seed in range(count)
    ]


def segmentor_from(model, folder, level):
    """A narrow segmentor that starts from ``level`` of a pre-trained model."""
    path = folder / 'weights.pth'
    torch.save(dict(state_dict=model.state_dict()), path)
    segmentor = MODELS.build(narrow_model('deeplabv3plus_r50'))
    report = load_level(segmentor, str(path), level)
    assert not report.missing and not report.mismatched
    return segmentor
