"""MPINet: fusion, queues and losses, each against its definition."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import MODELS
from torch import distributed, nn

from glcnet_mm.models.key_queue import KeyQueue
from glcnet_mm.models.losses import focal_frequency_loss
from glcnet_mm.models.losses.info_nce import info_nce
from glcnet_mm.models.necks import MultiScaleFusionNeck
from tests.base_models import narrow_model, same_views, segmentor_from
from tests.two_processes import run_on_two


@pytest.fixture
def config():
    config = narrow_model('mpinet_r50')
    config.neck.update(
        in_channels=(8, 16, 32, 64),
        channels=8,
        grid=4,
        hidden_channels=16,
        embedding_channels=8,
    )
    config.queue_len = 10
    return config


def batch(size=64, images=4):
    views = [torch.randn(images, 4, size, size) for _ in range(2)]
    shifted = torch.eye(3, dtype=torch.float64).repeat(2, 1, 1)
    shifted[1, 0, 2] = -size / 4
    return views, same_views(images, size, homographies=shifted)


def test_info_nce_is_cross_entropy_with_the_positive_first():
    query, key, negatives = (F.normalize(torch.randn(n, 5), dim=1) for n in (3, 3, 7))
    found = info_nce(query, key, negatives, 0.2)
    for i in range(3):
        others = sum(torch.exp(query[i] @ k / 0.2) for k in negatives)
        own = torch.exp(query[i] @ key[i] / 0.2)
        assert found[i].item() == pytest.approx(
            -torch.log(own / (own + others)).item(), 1e-5
        )


def test_the_queue_is_a_ring_of_the_newest_keys():
    queue, pushed = KeyQueue(5, 2), []
    for step in range(4):
        keys = torch.full((2, 2), float(step)) + torch.tensor([[0.0], [0.5]])
        pushed += list(keys[:, 0])
        queue.push(keys)
    assert queue.position == 3
    assert sorted(queue.keys[:, 0].tolist()) == sorted(float(k) for k in pushed[-5:])
    queue.push(torch.arange(14.0).reshape(7, 2))
    assert sorted(queue.keys[:, 0].tolist()) == [4, 6, 8, 10, 12]


def _push(rank):
    torch.manual_seed(rank)
    queue = KeyQueue(6, 2)
    queue.keys.zero_()
    queue.push(torch.full((2, 2), float(rank + 1)))
    return queue.keys[:, 0].tolist()


def test_two_processes_hold_the_same_queue():
    assert run_on_two(_push) == [[1, 1, 2, 2, 0, 0]] * 2


@pytest.mark.parametrize('grid', [7, 14])
def test_stages_are_fused_in_order_on_one_grid(grid):
    neck = MultiScaleFusionNeck((256, 512, 1024, 2048), grid=grid)
    maps = [torch.randn(2, 256 * 2**i, 56 // 2**i, 56 // 2**i) for i in range(4)]
    fused, image, cells, pooled = neck(maps)
    assert pooled.shape == (2, 128)
    assert fused.shape == (2, 2048, grid, grid)
    assert image.shape == (2, 128) and cells.shape == (2, 128, grid**2)
    assert torch.allclose(image.norm(dim=1), torch.ones(2))
    assert torch.allclose(cells.norm(dim=1), torch.ones(2, grid**2))
    first = F.adaptive_avg_pool2d(neck.eval().fusion[0](maps[0]), grid)
    assert torch.allclose(neck(maps).fused[:, :512], first, atol=1e-6)


def test_without_averaging_most_pixels_of_a_fine_map_are_not_seen():
    neck = MultiScaleFusionNeck((8,), channels=8, grid=7, antialias=False)
    x = torch.randn(1, 8, 56, 56, requires_grad=True)
    neck._to_grid(x).sum().backward()
    assert (x.grad[0, 0] != 0).float().mean() == pytest.approx(1 / 16)
    x.grad = None
    neck.antialias = True
    neck._to_grid(x).sum().backward()
    assert (x.grad != 0).all()


def test_losses_are_those_of_their_parts(config):
    model = MODELS.build(config).eval()
    views, samples = batch()
    image_keys, pixel_keys = model.image_queue.keys.clone(), model.pixel_queue.keys
    pixel_keys = pixel_keys.clone()
    with torch.no_grad():
        losses = model.loss(views, samples)
        query, key = (model.neck(model.backbone(view)) for view in views)
    expected = info_nce(query.image, key.image, image_keys, 0.2).mean()
    assert losses['loss_image'].item() == pytest.approx(expected.item() / 2, 1e-4)
    # The second view is shifted by a cell: cells of column 1 are column 0 there.
    q, k = (x.cells.unflatten(2, (4, 4)) for x in (query, key))
    q, k = q[..., 1:], k[..., :-1]
    pairs = [x.permute(0, 2, 3, 1).flatten(0, 2) for x in (q, k)]
    expected = info_nce(*pairs, pixel_keys, 0.2).mean()
    assert losses['loss_pixel'].item() == pytest.approx(expected.item() / 2, 1e-4)
    assert losses['matched_share'] == pytest.approx(0.75)
    assert torch.allclose(model.image_queue.keys[:4], key.image, atol=1e-5)
    raw = model.neck.cells(key.fused).mean((2, 3))
    pooled = F.normalize(raw, dim=1)
    assert torch.allclose(model.pixel_queue.keys[:4], pooled, atol=1e-5)
    assert torch.equal(model.image_queue.keys[4:], image_keys[4:])


def test_the_published_form_by_switches(config):
    config.update(match='features', frequency='views', shared_fusion=True)
    config.frequency_loss.update(ave_spectrum=True, batch_matrix=True)
    model = MODELS.build(config)
    views, samples = batch()
    for conv in model.encoder_k.module[1].fusion:
        torch.nn.init.zeros_(conv.conv.weight)
    losses = model.loss(views, samples)
    with torch.no_grad():
        query = model.neck(model.backbone(views[0])).fused
        key = model.neck(model.backbone(views[1])).fused
    flags = dict(ave_spectrum=True, log_matrix=True, batch_matrix=True)
    expected = focal_frequency_loss(query, key, **flags) / 2
    assert losses['loss_frequency'].item() == pytest.approx(expected.item(), 1e-3)
    assert losses['matched_share'] == 1


@pytest.mark.parametrize('setting', [dict(match='argmax'), dict(frequency='roi')])
def test_unknown_switches_are_refused(config, setting):
    config.update(setting)
    with pytest.raises(ValueError, match=f'got "{next(iter(setting.values()))}"'):
        MODELS.build(config)


def test_everything_but_the_copy_learns(config):
    model = MODELS.build(config)
    sum(v for k, v in model.loss(*batch()).items() if 'loss' in k).backward()
    idle = {name for name, p in model.named_parameters() if p.grad is None}
    assert idle and all(name.startswith('encoder_k.') for name in idle)


def test_the_copy_follows_slowly(config):
    """The keys of a step are those of the copy that has followed already."""
    config.momentum = 0.25
    model = MODELS.build(config)
    views, samples = batch()
    model.loss(views, samples)  # the first step makes it equal
    copy = model.encoder_k.module
    before = {name: value.clone() for name, value in copy.named_parameters()}
    learner = dict(nn.Sequential(model.backbone, model.neck).named_parameters())
    with torch.no_grad():
        for value in learner.values():
            value += 0.1 * torch.randn_like(value)
    model.loss(views, samples)
    for name, value in copy.named_parameters():
        expected = before[name] + 0.25 * (learner[name] - before[name])
        torch.testing.assert_close(value, expected)
        assert not torch.equal(value, before[name])


def uneven_batch():
    """Views that share unequal ground: a mean of means is not the mean."""
    views, samples = batch()
    for number, sample in enumerate(samples):
        sample.homographies = sample.homographies.clone()
        sample.homographies[1, 0, 2] = -16.0 * number
    return views, samples


def _learn(model, views, samples, average=lambda gradient: gradient):
    """Gradients of two steps; those of the second know queues and the slow copy."""
    found = []
    for _ in range(2):
        model.zero_grad()
        losses = model.loss(views, samples)
        sum(v for k, v in losses.items() if 'loss' in k).backward()
        learning = {k: p for k, p in model.named_parameters() if p.grad is not None}
        found.append({k: average(p.grad).clone() for k, p in learning.items()})
        with torch.no_grad():
            for name, parameter in learning.items():
                parameter -= 0.01 * found[-1][name]
    return found, sorted(model.image_queue.keys[:, 0].tolist())


def _average(gradient):
    distributed.all_reduce(gradient)
    return gradient / 2


def _half(rank, model):
    torch.manual_seed(0)
    model = MODELS.build(model)
    torch.manual_seed(0)
    views, samples = uneven_batch()
    return _learn(model, [v[rank::2] for v in views], samples[rank::2], _average)


def test_two_processes_learn_what_one_does(config):
    groups = dict(type='GN', num_groups=4)
    config.backbone.norm_cfg = groups
    config.neck.norm_cfg = groups
    config.momentum = 0.5
    torch.manual_seed(0)
    model = MODELS.build(config)
    assert not any('BatchNorm' in type(m).__name__ for m in model.modules())
    torch.manual_seed(0)
    whole, keys = _learn(model, *uneven_batch())
    for halves, queue in run_on_two(_half, config):
        assert queue == pytest.approx(keys, abs=1e-5)
        for half, one in zip(halves, whole, strict=True):
            assert half.keys() == one.keys()
            apart = {k: (half[k] - g).abs().max().item() for k, g in one.items()}
            assert max(apart.values()) < 1e-5, apart


def test_a_segmentor_loads_the_backbone(config, tmp_path):
    model = MODELS.build(config)
    segmentor = segmentor_from(model, tmp_path, 'backbone')
    assert torch.equal(segmentor.backbone.conv1.weight, model.backbone.conv1.weight)
