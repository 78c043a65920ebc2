"""The network of a map is made faster without being another."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from glcnet_mm.mapping import Segmentor
from glcnet_mm.mapping.fast_network import made_fast


@pytest.fixture
def checkpoint(config, write_checkpoint):
    """With statistics and gains of batch norm that are not those of the start."""
    path = write_checkpoint(config)
    content = torch.load(path, weights_only=False)
    generator = torch.Generator().manual_seed(1)
    for name, tensor in content['state_dict'].items():
        if name.endswith(('running_mean', 'running_var')) or tensor.ndim == 1:
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
    torch.save(content, path)
    return path


def plain_logits(config, checkpoint, segmentor, windows):
    """What mmseg itself makes of the windows."""
    model = MODELS.build(config.model)
    model.load_state_dict(torch.load(checkpoint, weights_only=False)['state_dict'])
    packed = [segmentor._pack('scene', *window) for window in windows]
    batch = {key: [one[key] for one in packed] for key in packed[0]}
    with torch.no_grad():
        samples = model.eval().test_step(batch)
    return np.stack([sample.seg_logits.data.numpy() for sample in samples])


def test_logits_are_those_of_mmseg(config, checkpoint, windows):
    segmentor = Segmentor(config, checkpoint, 'cpu', 'float32')
    norms = [m for m in segmentor.model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert not norms
    found = segmentor('scene', windows)
    expected = plain_logits(config, checkpoint, segmentor, windows)
    scale = abs(expected).max()
    np.testing.assert_allclose(found, expected, atol=1e-5 * scale)
    assert expected.std() > 0


def test_classes_that_nobody_uses_are_not_computed(
    config, checkpoint, windows, monkeypatch
):
    segmentor = Segmentor(config, checkpoint, 'cpu')
    monkeypatch.setattr(segmentor.model, 'postprocess_result', None)
    assert segmentor('scene', windows).shape == (3, 3, 64, 64)


def test_bfloat16_changes_few_pixels_and_is_another_map(config, checkpoint, windows):
    exact = Segmentor(config, checkpoint, 'cpu', 'float32')
    narrow = Segmentor(config, checkpoint, 'cpu', 'bfloat16')
    assert exact.identity != narrow.identity
    one, other = exact('scene', windows), narrow('scene', windows)
    assert one.dtype == other.dtype == np.float32
    assert 0 < abs(one - other).max() < 0.05 * abs(one).max()
    assert (one.argmax(1) != other.argmax(1)).mean() < 0.05


class NormFirst(nn.Module):
    """A network in which the norm that is listed second comes first."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.conv = nn.Conv2d(4, 4, 3, bias=False)
        self.backbone.norm = nn.BatchNorm2d(4)

    def _forward(self, images):
        return self.backbone.conv(self.backbone.norm(images))


def test_a_norm_before_its_convolution_is_left_alone():
    model = NormFirst().eval()
    nn.init.uniform_(model.backbone.norm.running_mean)
    nn.init.uniform_(model.backbone.norm.weight)
    images = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(
        made_fast(model)._forward(images), model._forward(images)
    )


def test_a_network_that_cannot_be_tried_is_left_alone():
    class FixedSize(NormFirst):
        def _forward(self, images):
            assert images.shape[-1] == 7, 'wants 7 px'
            return images

    assert isinstance(made_fast(FixedSize().eval()).backbone.norm, nn.BatchNorm2d)
