import json

import numpy as np
import onnx
import pytest
import torch
from mmengine.config import Config

from glcnet_mm.errors import UserError
from glcnet_mm.mapping import Segmentor
from glcnet_mm.mapping.deploy import export, largest_difference, opened


@pytest.fixture
def deeplab(config, write_checkpoint):
    small = Config.fromfile(
        'configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
    )
    config.model = small.model
    config.model.backbone.update(base_channels=4)
    config.model.decode_head.update(
        in_channels=32, channels=8, c1_in_channels=4, num_classes=3
    )
    return Segmentor(config, write_checkpoint(config), 'cpu', 'float32')


@pytest.mark.parametrize(
    ('name', 'suffix'), [('deeplab', '.onnx'), ('segmentor', '.pt2')]
)
def test_the_graph_gives_the_logits_of_the_model(
    request, name, suffix, write_scene, tmp_path
):
    segmentor = request.getfixturevalue(name)
    out = str(tmp_path / f'model{suffix}')
    export(segmentor, out)
    scene = write_scene(border=0)
    assert largest_difference(segmentor, out, scene) < 1e-4
    # Of another size, several at once: bilinear upsampling reaches the last pixel.
    images = np.random.default_rng(0).uniform(0, 4000, (3, 4, 64, 90))
    assert opened(out)(images.astype(np.float32)).shape == (3, 3, 64, 90)
    if suffix == '.onnx':
        told = {prop.key: prop.value for prop in onnx.load(out).metadata_props}
        assert json.loads(told['facts'])['classes'] == segmentor.classes


def test_a_graph_that_differs_is_refused(segmentor, write_scene, tmp_path):
    out = str(tmp_path / 'model.pt2')
    export(segmentor, out)
    head = segmentor.model.decode_head.conv_seg
    with torch.no_grad():
        head.bias += 1
    try:
        with pytest.raises(UserError, match='do not use it'):
            largest_difference(segmentor, out, write_scene(border=0))
    finally:
        with torch.no_grad():
            head.bias -= 1


def test_bad_input_is_one_sentence(segmentor, write_scene, tmp_path):
    with pytest.raises(UserError, match=r'ends in \.onnx or \.pt2'):
        export(segmentor, str(tmp_path / 'model.pth'))
    out = str(tmp_path / 'model.pt2')
    with pytest.raises(UserError, match='pixels without data'):
        largest_difference(segmentor, out, write_scene(border=120))
