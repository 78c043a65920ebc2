"""What is read for a probe, and what reading it leaves as it was."""

import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from glcnet_mm.engine.hooks.probe_features import (
    cell_labels,
    feature_maps,
    pick_windows,
    probe_features,
)
from glcnet_mm.engine.hooks.start_probe import map_of_level
from glcnet_mm.engine.undisturbed import untouched

ROOT = Path(__file__).parents[2]


def test_the_model_and_the_generators_are_as_before():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(), nn.BatchNorm1d(2))
    model.train()[2].eval()
    modes = [module.training for module in model.modules()]

    def draw():
        return [torch.rand(2).tolist(), np.random.rand(2).tolist(), random.random()]

    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = draw()
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(KeyError), untouched(model):
        out = model(torch.randn(8, 2))
        assert not out.requires_grad and not any(m.training for m in model.modules())
        draw()
        raise KeyError
    assert [module.training for module in model.modules()] == modes
    state = model.state_dict()
    assert all(torch.equal(weights[name], state[name]) for name in state)
    assert draw() == expected


def test_the_maps_are_those_of_the_neck():
    DefaultScope.get_instance('probe', scope_name='mmseg')
    config = Config.fromfile(ROOT / 'configs/glcnet/glcnet_r18_small_sample.py')
    model = MODELS.build(config.model).eval()
    images = torch.randn(2, 4, 64, 64)
    with torch.no_grad():
        maps = feature_maps(model, images)
        context, pixels = model.neck(model.backbone(images))
        backbone = feature_maps(SimpleNamespace(backbone=model.backbone), images)
        assert torch.equal(maps['e'], context) and torch.equal(maps['d'], pixels)
        assert torch.equal(backbone['e'], model.backbone(images)[-1])
        with pytest.raises(ValueError, match=r'Flatten has shape \(4096,\)'):
            flat = SimpleNamespace(backbone=nn.Flatten())
            feature_maps(flat, images[:1, 0])


class Windows:
    """Five windows whose image repeats the label and numbers the pixels."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.labels = torch.tensor(rng.integers(0, 3, (5, 1, 16, 16)))
        self.labels[:, :, :8, 8:] = 255
        self.valid = torch.ones_like(self.labels, dtype=torch.bool)
        self.valid[:, :, 8:, :8] = False

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        labels = self.labels[index]
        numbers = 256 * index + torch.arange(256).reshape(1, 16, 16)
        sample = SegDataSample()
        sample.gt_sem_seg = PixelData(data=labels)
        sample.set_data(dict(valid=PixelData(data=self.valid[index])))
        return dict(inputs=torch.cat([labels, numbers]), data_samples=sample)


def test_the_maps_of_a_segmentor_are_those_its_head_makes():
    DefaultScope.get_instance('probe', scope_name='mmseg')
    config = Config.fromfile(
        ROOT / 'configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
    )
    config.model.decode_head.align_corners = True
    model = MODELS.build(config.model).eval()
    head, images = model.decode_head, torch.randn(2, 4, 64, 64)
    with torch.no_grad():
        maps = feature_maps(model, images)
        features = model.backbone(images)
        assert torch.equal(maps['b'], features[-1])
        aspp = [
            head.image_pool(features[-1]).expand_as(head.aspp_modules[0](maps['b']))
        ]
        aspp = torch.cat([*aspp, *head.aspp_modules(features[-1])], 1)
        torch.testing.assert_close(maps['e'], head.bottleneck(aspp))
        torch.testing.assert_close(head.conv_seg(maps['d']), head(features))
    assert not head.conv_seg._forward_pre_hooks and not head.bottleneck._forward_hooks
    for level, name in dict(
        backbone='b', encoder='e', decoder12='e', decoder123='d', decoder='d'
    ).items():
        assert map_of_level(level, maps) == name
    assert map_of_level('encoder', ['b', 'd']) == 'b'


@pytest.mark.parametrize('pixels, count', [(3, 3), (64, 8)])
def test_features_are_read_at_labelled_cells(pixels, count):
    # Cells of 4 px, each with the value of its centre; half of the 16 are usable.
    model = SimpleNamespace(
        data_preprocessor=lambda data: data,
        backbone=lambda images: (images[..., 2::4, 2::4].float(),),
    )
    windows = Windows()
    found = probe_features(model, windows, 4, pixels)
    features, labels = found['e']
    assert found.keys() == {'e'} and len(labels) == 4 * count
    assert torch.equal(features[:, 0], labels.float())
    numbers = features[:, 1].long()
    assert len(numbers.unique()) == len(numbers)
    assert torch.equal((numbers // 256).unique(), torch.tensor([0, 1, 2, 4]))
    assert torch.equal(windows.labels.flatten()[numbers], labels)
    assert windows.valid.flatten()[numbers].all()
    again, _ = probe_features(model, windows, 4, pixels)['e']
    assert torch.equal(features, again)


def test_centres_of_cells_follow_the_convention_of_the_head():
    labels = torch.arange(81).reshape(1, 9, 9)
    assert cell_labels(labels, (3, 2), True).tolist() == [[[0, 8], [36, 44], [72, 80]]]
    assert cell_labels(labels, (3, 1), False).tolist() == [[[13], [40], [67]]]
    assert cell_labels(labels, (1, 9), True).tolist() == [[list(range(36, 45))]]


def test_windows_are_spread_over_the_data_set():
    assert pick_windows(range(101), 3) == [0, 50, 100]
    assert pick_windows(range(2), 3) == [0, 1]
