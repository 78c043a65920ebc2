"""Heads, pooling and diagnostics against closed forms."""

import pytest
import torch
from mmengine.registry import MODELS

import glcnet_mm.models  # noqa: F401
from glcnet_mm.models.heads.contrast import embedding_statistics


def test_style_is_mean_and_unbiased_variance():
    features = torch.randn(2, 3, 14, 14, dtype=torch.float64).float()
    style = MODELS.build(dict(type='StylePool'))(features)
    flat = features.flatten(2)
    assert torch.allclose(style[:, :3], flat.mean(2), atol=1e-6)
    biased = flat.var(2, correction=0)
    assert torch.allclose(style[:, 3:], biased * 196 / 195, atol=1e-6)


def test_style_of_one_position_is_refused():
    with pytest.raises(ValueError, match='at least 2 positions'):
        MODELS.build(dict(type='StylePool'))(torch.randn(2, 3, 1, 1))


def test_mean_pool_is_the_style_without_variance():
    features = torch.randn(2, 3, 5, 5)
    mean = MODELS.build(dict(type='MeanPool'))(features)
    style = MODELS.build(dict(type='StylePool'))(features)
    assert torch.allclose(mean, style[:, :3], atol=1e-6)


def test_statistics_against_pair_by_pair():
    a, b = torch.randn(2, 7, 5)
    keep = torch.tensor([1, 1, 1, 0, 1, 1, 1], dtype=torch.bool)
    found = embedding_statistics(a, b, 'x', keep)
    z1, z2 = (torch.nn.functional.normalize(v[keep], dim=1) for v in (a, b))
    z, kept = torch.cat([z1, z2]), int(keep.sum())
    similarity = z @ z.T
    partner = torch.arange(2 * kept).roll(kept)
    positive = similarity[torch.arange(2 * kept), partner].mean()
    off = similarity.clone()
    off.fill_diagonal_(0)
    off[torch.arange(2 * kept), partner] = 0
    negative = off.sum() / (2 * kept * (2 * kept - 2))
    std = z.std(0, correction=0).mean() * 5**0.5
    assert found['x_pos_sim'] == pytest.approx(positive.item(), abs=1e-5)
    assert found['x_neg_sim'] == pytest.approx(negative.item(), abs=1e-5)
    assert found['x_std'] == pytest.approx(std.item(), abs=1e-5)


def test_statistics_of_a_collapse_and_of_a_spread():
    same = torch.ones(50, 8)
    assert embedding_statistics(same, same, 'x')['x_std'] < 1e-3
    spread = torch.randn(2, 500, 64)
    assert embedding_statistics(*spread, 'x')['x_std'] == pytest.approx(1, abs=0.05)


def test_the_decoder_keeps_the_bands_together():
    """One map of another layout would turn all after it, gradients included."""
    head = MODELS.build(
        dict(
            type='DeepLabV3PlusHead',
            in_channels=8,
            in_index=-1,
            channels=6,
            c1_in_channels=4,
            c1_channels=3,
            dilations=(1, 2),
            num_classes=3,
            norm_cfg=dict(type='BN'),
        )
    )
    seen = []
    for part in (head.bottleneck, head.decoder[0]):
        part.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    maps = [torch.rand(2, 4, 16, 16), torch.rand(2, 8, 8, 8)]
    together = torch.channels_last
    head.eval()
    laid = [x.contiguous(memory_format=together) for x in maps]
    assert torch.allclose(head(laid), head(maps), atol=1e-6)
    assert [x.is_contiguous(memory_format=together) for x in seen] == [True] * 2 + [
        False
    ] * 2
