"""ConsistencySegmentor: its losses against loops, its teacher in closed form."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from glcnet_mm.models.losses.pseudo_labels import mix, pseudo_label_loss, ramp


def config(**settings):
    norm = dict(type='BN')
    return dict(
        type='ConsistencySegmentor',
        data_preprocessor=dict(type='MultiBandPreprocessor', mean=0.0, std=1.0),
        backbone=dict(
            type='ResNet', depth=18, base_channels=4, in_channels=5, norm_cfg=norm
        ),
        decode_head=dict(
            type='FCNHead', in_channels=32, channels=8, num_convs=1, num_classes=3,
            norm_cfg=norm, align_corners=False,
        ),
        train_cfg=dict(), test_cfg=dict(mode='whole'), **settings,
    )  # fmt: skip


def build(**settings):
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config(**settings))
    model.init_weights()
    return model


def test_loss_equals_a_loop():
    logits = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    labels = torch.randint(0, 3, (2, 4, 5))
    trusted, valid = torch.rand(2, 2, 4, 5) > 0.4
    total = count = 0
    for n in range(2):
        for y in range(4):
            for x in range(5):
                if valid[n, y, x]:
                    count += 1
                    if trusted[n, y, x]:
                        shares = logits[n, :, y, x].softmax(0)
                        total -= shares[labels[n, y, x]].log()
    found = pseudo_label_loss(logits, labels, trusted, valid)
    assert found.item() == pytest.approx(float(total / count), rel=1e-5)
    nothing = torch.zeros_like(valid)
    assert pseudo_label_loss(logits, labels, trusted, nothing) == 0


def test_mix_equals_a_loop():
    values = torch.randn(4, 2, 6, 7)
    boxes = torch.tensor([[1, 2, 4, 5], [0, 0, 0, 0], [0, 0, 7, 6], [6, 5, 7, 6]])
    expected = values.clone()
    for n, (x1, y1, x2, y2) in enumerate(boxes):
        expected[n, :, y1:y2, x1:x2] = values[n ^ 1, :, y1:y2, x1:x2]
    assert torch.equal(mix(values, boxes), expected)
    assert torch.equal(mix(values[:, 0], boxes), expected[:, 0])


def test_teacher_is_the_average_of_the_students_weights():
    model = build(momentum=0.25)
    weight, history = model.decode_head.conv_seg.weight, []
    for step in range(5):
        with torch.no_grad():
            weight.fill_(float(step**2 + 1))
        history.append(step**2 + 1)
        model.teacher.update_parameters(model.student)
    shares = [0.75**4] + [0.25 * 0.75 ** (4 - k) for k in range(1, 5)]
    found = model.teacher.module.decode_head.conv_seg.weight
    expected = np.dot(shares, history)
    torch.testing.assert_close(found, torch.full_like(found, expected))


def test_weights_have_the_names_of_the_segmentor_and_the_teacher():
    names = set(build().state_dict())
    own = {name for name in names if not name.startswith('teacher.')}
    assert {'backbone.conv1.weight', 'decode_head.conv_seg.weight'} < own
    assert names - own == {f'teacher.module.{n}' for n in own} | {'teacher.steps'}


def test_ramp_rises_to_one():
    assert (
        ramp(0, 10) == pytest.approx(np.exp(-5)) and ramp(10, 10) == ramp(99, 10) == 1
    )
