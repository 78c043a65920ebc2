"""Multi-task pre-training: its losses against closed forms, its parts, its weights."""

import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

from glcnet_mm.models.heads import RestorationHead
from glcnet_mm.models.losses import nt_xent
from glcnet_mm.models.losses.restoration import weighted_l1
from tests.base_models import narrow_model, segmentor_from


@pytest.fixture
def config():
    config = narrow_model('multitask_r50')
    config.restoration_head.in_channels = (64, 8, 16, 32, 64)
    config.transform_head.update(in_channels=64, hidden_channels=16)
    config.exemplar_head.update(
        in_channels=64, hidden_channels=16, embedding_channels=8
    )
    return config


def batch(size=64, images=3):
    views = [torch.randn(images, 4, size, size) for _ in range(3)]
    block = torch.zeros(images, size, size, dtype=torch.bool)
    block[:, 8:24, 16:32] = True
    samples = [
        BaseDataElement(
            block=block[i],
            valid=torch.rand(3, size, size) > 0.1,
            transform=torch.tensor(i % 6),
        )
        for i in range(images)
    ]
    return views, samples


def test_weighted_l1_by_hand():
    target = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    restored = torch.tensor([[[[2.0, 0.0], [3.0, 9.0]]]])
    weight = torch.tensor([[[[1.0, 3.0], [0.0, 0.5]]]])
    found = weighted_l1(restored, target, weight).item()
    assert found == pytest.approx((1 + 3 * 2 + 0.5 * 5) / (4.5 + 1e-6))
    assert weighted_l1(restored, target, torch.zeros(1, 1, 2, 2)) == 0


def test_the_published_exemplar_loss_against_its_loop():
    """Interleaved pairs, temperature 1, a diagonal of similarity 0 that counts."""
    torch.manual_seed(0)
    view1, view2 = torch.randn(2, 5, 7, dtype=torch.float64)
    z = F.normalize(torch.stack([view1, view2], 1).flatten(0, 1), dim=1)
    total = 0.0
    for i in range(10):
        row = [0.0 if j == i else float(z[i] @ z[j]) for j in range(10)]
        total -= math.log(math.exp(row[i ^ 1]) / sum(map(math.exp, row)))
    found = nt_xent(view1, view2, 1.0, positive_in_denominator=True, constant=1.0)
    assert found.item() == pytest.approx(total / 10, abs=1e-12)
    with pytest.raises(ValueError, match='constant must be positive'):
        nt_xent(view1, view2, constant=0.0)


def test_losses_are_weighted_and_count_where_they_should(config):
    model = MODELS.build(config).eval()
    views, samples = batch()
    with torch.no_grad():
        losses = model.loss(views, samples)
        features = [model.backbone(view) for view in views]
        restored = model.restoration_head(features[1], (64, 64))
        z1, z2 = (
            model.exemplar_head.projection(features[i][-1].mean((2, 3))) for i in (0, 2)
        )
    counts = torch.stack([s.block & s.valid[0] for s in samples])
    error = (restored - views[0]).abs().permute(0, 2, 3, 1)[counts].mean()
    assert losses['loss_restoration'].item() == pytest.approx(20 * error.item(), 1e-4)
    expected = nt_xent(z1, z2, 0.2, positive_in_denominator=True)
    assert losses['loss_exemplar'].item() == pytest.approx(expected.item(), 1e-4)
    assert isinstance(model.exemplar_head.projection[1], torch.nn.Sigmoid)
    assert 0 < losses['loss_transform'] < 4 and 'exemplar_std' in losses


def test_the_published_weighting_is_by_how_much_a_value_was_changed(config):
    config.restoration_head.weighting = 'difference'
    head = MODELS.build(config.restoration_head)
    restored, image, distorted = torch.randn(3, 2, 4, 8, 8)
    distorted[:, :, 4:] = image[:, :, 4:]
    weight = (image - distorted).abs()
    found = head.loss(restored, image, distorted, torch.ones(2, 1, 8, 8) > 0)
    by_hand = (weight * (restored - image).abs()).sum() / weight.sum()
    assert found.item() == pytest.approx(by_hand.item(), 1e-4)
    with pytest.raises(ValueError, match='weighting must be one of'):
        RestorationHead((8, 16), 4, weighting='mask')


def test_every_part_learns(config):
    model = MODELS.build(config)
    sum(v for k, v in model.loss(*batch()).items() if 'loss' in k).backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None]
    assert not idle


@pytest.mark.parametrize('left', ['restoration', 'transform', 'exemplar'])
def test_a_task_is_left_out_by_its_head(config, left):
    for name in ('restoration', 'transform', 'exemplar'):
        if name != left:
            config[f'{name}_head'] = None
    losses = MODELS.build(config).loss(*batch())
    assert [k for k in losses if k.startswith('loss')] == [f'loss_{left}']


def test_without_heads_it_is_refused(config):
    for name in ('restoration', 'transform', 'exemplar'):
        config[f'{name}_head'] = None
    with pytest.raises(ValueError, match='at least one of its three heads'):
        MODELS.build(config)


@pytest.mark.parametrize('stride, size', [(2, 64), (4, 64), (2, 72)])
def test_images_are_restored_from_any_pyramid(stride, size):
    head = RestorationHead((8, 16, 32), 5, channels=6, first_stride=stride)
    maps = [
        torch.randn(2, width, size // stride // 2**i, size // stride // 2**i)
        for i, width in enumerate((8, 16, 32))
    ]
    assert head(maps, (size, size)).shape == (2, 5, size, size)
    with pytest.raises(ValueError, match='first_stride must be 2, 4, 8'):
        RestorationHead((8, 16), 4, first_stride=3)


def test_a_segmentor_loads_the_backbone(config, tmp_path):
    model = MODELS.build(config)
    segmentor = segmentor_from(model, tmp_path, 'backbone')
    assert torch.equal(
        segmentor.backbone.layer4[1].conv2.weight, model.backbone.layer4[1].conv2.weight
    )
