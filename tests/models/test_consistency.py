"""ConsistencySegmentor: its losses against loops, its teacher in closed form."""

from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, MODELS, DefaultScope
from torch import distributed

from glcnet_mm.datasets.sampler import InfinitePerSampleSampler
from glcnet_mm.models.losses.pseudo_labels import (
    drop_complements,
    mix,
    pseudo_label_loss,
    ramp,
)
from tests.two_processes import run_on_two


def config(norm=None, **settings):
    norm = norm or dict(type='BN')
    return dict(
        type='ConsistencySegmentor',
        data_preprocessor=dict(type='MultiBandPreprocessor', mean=0.0, std=1.0),
        backbone=dict(
            type='ResNet', depth=18, base_channels=4, in_channels=5, norm_cfg=norm
        ),
        decode_head=dict(
            type='FCNHead', in_channels=32, channels=8, num_convs=1, num_classes=3,
            norm_cfg=norm, align_corners=False, dropout_ratio=0.0,
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
    for step in range(7):
        with torch.no_grad():
            weight.fill_(float(step**2 + 1))
        history.append(step**2 + 1)
        model.teacher.update_parameters(model.student)
        # An even average of four, and a quarter of every further one.
        expected = np.mean(history[:4])
        for value in history[4:]:
            expected = 0.75 * expected + 0.25 * value
        found = model.teacher.module.decode_head.conv_seg.weight
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


def test_dropped_channels_are_complements_and_keep_the_expectation():
    maps = [torch.rand(6, 7, 4, 4) + 1, torch.rand(6, 3, 2, 2) + 1]
    others = [torch.rand_like(part) + 1 for part in maps]
    total, runs = [torch.zeros_like(part) for part in maps], 2000
    for _ in range(runs):
        first, second = drop_complements(maps, others)
        for one, other, whole, rest, add in zip(
            first, second, maps, others, total, strict=True
        ):
            factors = one / whole
            assert set(factors.unique().tolist()) <= {0, 1, 2}
            assert torch.equal(factors + other / rest, torch.full_like(factors, 2))
            # A channel goes as a whole; half of the windows keep all of them.
            assert (factors.amin((2, 3)) == factors.amax((2, 3))).all()
            assert (factors == 1).flatten(1).all(1).sum() >= 3
            add += factors
    for add in total:
        # Four standard errors of a mean of 0 and 2, half of the time.
        assert ((add / runs - 1).abs() < 4 / (2 * runs) ** 0.5).all()


def test_complements_teach_the_student(write_raster, tmp_path):
    loss, gradient = step(
        build(complementary_dropout=True), data(tmp_path, write_raster)
    )
    plain = step(build(), data(tmp_path, write_raster))[0]
    assert loss.isfinite() and gradient.abs().sum() > 0 and loss != plain


def data(folder, write_raster=None):
    """Labelled and unlabelled windows of one raster, written or there already."""
    if write_raster is not None:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 3, (4, 4), 'uint8').repeat(16, 0).repeat(16, 1)
        pixels = 60 * labels + rng.integers(1, 60, (5, 64, 64), 'uint8')
        pixels[:, :20, :40] = 0
        write_raster(folder / 'images/a.tif', pixels.astype('uint8'), nodata=0)
        write_raster(folder / 'labels/a.tif', labels)
    windows = dict(type='WindowDataset', images=str(folder / 'images'), window=32)
    load, pack = [dict(type='LoadRaster')], [dict(type='PackWindow')]
    strong = dict(type='StrongViews', photometry=[dict(type='BrightnessContrast')])
    given = dict(
        labels=str(folder / 'labels'), classes=['a', 'b', 'c'],
        pipeline=[*load, dict(type='LoadLabel'), *pack], **windows,
    )  # fmt: skip
    free = dict(
        sampling=dict(num_windows=32), pipeline=[*load, strong, *pack], **windows
    )
    return DATASETS.build(dict(type='LabelledAndUnlabelled', datasets=[given, free]))


def step(model, dataset, samples=8):
    """Loss of this process's first batch and all gradients in one row."""
    keys = islice(InfinitePerSampleSampler(dataset, seed=3), samples)
    batch = pseudo_collate([dataset[key] for key in keys])
    model.train()
    losses = model(**model.data_preprocessor(batch, True), mode='loss')
    loss = sum(value for name, value in losses.items() if 'loss' in name)
    loss.backward()
    learnt = [part for part in model.parameters() if part.requires_grad]
    return loss.detach(), torch.cat([part.grad.flatten() for part in learnt])


def steady():
    """A model without anything random or of the whole batch."""
    torch.manual_seed(0)
    model = build(norm=dict(type='GN', num_groups=2), threshold=0.345)
    model.teacher.steps.fill_(10_000)  # the ramp's end
    return model


def half(rank, folder):
    """What data parallelism makes of one of two processes."""
    sums = step(steady(), data(folder), 4)
    for part in sums:
        distributed.all_reduce(part)
    return [part / 2 for part in sums]


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(write_raster, tmp_path):
    whole = step(steady(), data(tmp_path, write_raster))
    halves = run_on_two(half, tmp_path)[0]
    torch.testing.assert_close(halves, list(whole), rtol=1e-4, atol=1e-6)
