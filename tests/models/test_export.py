"""Backbones for torchvision."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision
from mmengine.registry import MODELS

from glcnet_mm.models.weights.export import export_backbone
from glcnet_mm.models.weights.levels import load_level
from tests.base_models import base_model

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools/export_backbone.py'


def segmentor(depth=18, **backbone):
    """A segmentor with torchvision's strides, so that all its features compare."""
    model = base_model('deeplabv3plus_r50')
    settings = dict(depth=depth, in_channels=3, out_indices=(0, 1, 2, 3))
    settings.update(strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1), **backbone)
    model.backbone.update(settings)
    deep, low = (512, 64) if depth == 18 else (2048, 256)
    model.decode_head.update(in_channels=deep, channels=8, c1_in_channels=low)
    return MODELS.build(model)


def save(model, path):
    for name, tensor in model.state_dict().items():
        if name.endswith(('running_mean', 'bias')):
            tensor.normal_(std=0.1)
        elif name.endswith('running_var') or tensor.dim() == 1:
            tensor.uniform_(0.5, 1.5)
    torch.save(dict(meta={}, state_dict=model.state_dict()), path)
    return path


def features(resnet, images):
    maps = resnet.maxpool(resnet.relu(resnet.bn1(resnet.conv1(images))))
    found = []
    for layer in (resnet.layer1, resnet.layer2, resnet.layer3, resnet.layer4):
        maps = layer(maps)
        found.append(maps)
    return found


@pytest.mark.parametrize('depth', [18, 50])
def test_torchvision_computes_the_same_features(tmp_path, depth):
    ours = segmentor(depth)
    path = save(ours, tmp_path / 'trained.pth')
    out = tmp_path / 'new/backbone.pth'
    sentence = export_backbone(path, out)
    theirs = getattr(torchvision.models, f'resnet{depth}')()
    result = theirs.load_state_dict(torch.load(out, weights_only=True), strict=False)
    assert result.missing_keys == ['fc.weight', 'fc.bias']
    assert result.unexpected_keys == []
    assert sentence.endswith(f'weights of a ResNet for 3 bands to {out}')
    images = torch.randn(2, 3, 64, 64).double()
    ours.double().eval()
    found = features(theirs.double().eval(), images)
    for a, b in zip(found, ours.backbone(images), strict=True):
        assert torch.allclose(a, b, rtol=1e-9)


def test_what_was_written_loads_again(tmp_path):
    ours = segmentor()
    out = tmp_path / 'backbone.pth'
    export_backbone(save(ours, tmp_path / 'trained.pth'), out)
    other = segmentor()
    assert load_level(other, str(out), 'backbone').style == 'torchvision'
    for name, value in ours.backbone.state_dict().items():
        assert torch.equal(other.backbone.state_dict()[name], value), name


def test_the_tool_says_what_torchvision_does_not_take(tmp_path):
    path = save(segmentor(in_channels=4, base_channels=64), tmp_path / 'trained.pth')
    out = tmp_path / 'backbone.pth'
    done = subprocess.run(
        [sys.executable, TOOL, path, out], capture_output=True, text=True, check=True
    )
    assert 'a ResNet for 4 bands' in done.stdout and '64 and 3 in' in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert {p.name for p in tmp_path.iterdir()} == {'trained.pth', 'backbone.pth'}


def test_channels_last_and_shared_storage_do_not_reach_the_file(tmp_path):
    model = segmentor().to(memory_format=torch.channels_last)
    path = save(model, tmp_path / 'trained.pth')
    export_backbone(path, tmp_path / 'backbone.pth')
    weights = torch.load(tmp_path / 'backbone.pth', weights_only=True)
    assert all(value.is_contiguous() for value in weights.values())


@pytest.mark.parametrize(
    'names, found',
    [
        (['backbone.stem.0.weight', 'backbone.layer1.0.conv1.weight'], 'stem.0.weight'),
        (['backbone.stages.0.blocks.0.norm1.weight'], 'stages.0'),
        (['conv1.0.weight', 'layer1.0.conv1.weight'], 'no conv1.weight'),
        (['decode_head.conv_seg.weight'], 'no conv1.weight'),
    ],
)
def test_other_backbones_are_refused(tmp_path, names, found):
    path = tmp_path / 'other.pth'
    torch.save({name: torch.zeros(4, 3, 1, 1) for name in names}, path)
    with pytest.raises(ValueError, match=f'other.pth is no plain ResNet.*{found}'):
        export_backbone(path, tmp_path / 'out.pth')
    assert not (tmp_path / 'out.pth').exists()


def test_a_folder_or_the_checkpoint_itself_is_no_place(tmp_path):
    path = save(torchvision.models.resnet18(), tmp_path / 'trained.pth')
    for out in (tmp_path, path):
        with pytest.raises(ValueError, match='name another file'):
            export_backbone(path, out)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = save(torchvision.models.resnet18(), tmp_path / 'trained.pth')
    out = tmp_path / 'backbone.pth'
    out.write_text('old')

    def fill_the_disk(content, target):
        Path(target).write_text('half')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(torch, 'save', fill_the_disk)
    with pytest.raises(OSError):
        export_backbone(path, out)
    assert out.read_text() == 'old'
