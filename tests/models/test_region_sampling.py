"""Balanced regions: the strata, how often they come, and what stays as it was."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement

import glcnet_mm.models  # noqa: F401
from glcnet_mm.models.device_random import random_bits, random_order
from glcnet_mm.models.matching.region_matching import match_regions
from glcnet_mm.models.matching.surface_strata import surface_strata

SIZE, SIDE, MAP = 96, 16, 48
# 16 of the 81 px per side that centres can have: 4 % of them.
RARE = slice(8, 24)
FIRST_RELEASE = [35, 46, 44, 80, 65, 68, 25, 8, 68, 35, 37, 8]


def head(**changes):
    settings = dict(
        type='LocalMatchingHead',
        in_channels=6,
        embedding_channels=8,
        regions=1,
        side=SIDE,
        contrast=dict(type='NTXentLoss'),
    )
    return MODELS.build({**settings, **changes})


def samples(count, **changes):
    fields = dict(
        homographies=torch.eye(3, dtype=torch.float64).repeat(2, 1, 1),
        valid=torch.ones(2, SIZE, SIZE, dtype=torch.bool),
    )
    return [
        BaseDataElement(**{**fields, **changes}, match_seed=torch.tensor(977 * seed))
        for seed in range(count)
    ]


def rare_map(count):
    """Noise on a common surface, and 16 of 96 px square of another one."""
    maps = 0.3 * torch.randn(count, 6, MAP, MAP)
    rare = slice(RARE.start // 2, RARE.stop // 2)
    maps[:, 0] += 3
    maps[:, 0, rare, rare] -= 3
    maps[:, 1, rare, rare] += 3
    return maps


def rare_share(boxes):
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    inside = (centres >= RARE.start) & (centres < RARE.stop)
    return inside.all(-1).float().mean().item()


def test_a_rare_surface_is_drawn_as_often_as_the_common_one():
    pixels, batch = rare_map(600), samples(600)
    uniform = head().match(pixels, batch)
    balanced = head(sampling='balanced', strata=2).match(pixels, batch)
    assert rare_share(uniform.boxes1) == pytest.approx((16 / 81) ** 2, abs=0.03)
    assert rare_share(balanced.boxes1) == pytest.approx(0.5, abs=0.07)
    assert balanced.keep.all()
    # More strata divide the common surface, and the rare one keeps its share of one.
    many = head(sampling='balanced', strata=5).match(pixels, batch)
    assert rare_share(many.boxes1) == pytest.approx(0.2, abs=0.06)


def test_a_surface_in_few_images_is_preferred_there():
    pixels, batch = rare_map(200), samples(200)
    pixels[20:] = pixels[20:, :, MAP // 2 :].repeat(1, 1, 2, 1)
    boxes = head(sampling='balanced', strata=2).match(pixels, batch).boxes1
    assert rare_share(boxes[:20]) > 0.8 and rare_share(boxes[20:]) < 0.1


def test_uniform_draws_do_not_look_at_the_features():
    batch = samples(5)
    expected = match_regions(
        torch.stack([sample.homographies for sample in batch]),
        torch.stack([sample.valid for sample in batch]),
        torch.stack([sample.match_seed for sample in batch]),
        4,
        SIDE,
    )
    found = head(regions=4).match(rare_map(5), batch)
    assert all(map(torch.equal, found, expected))


def test_uniform_draws_are_those_of_the_first_release():
    """Numbers drawn before balanced sampling was there."""
    identity = torch.eye(3, dtype=torch.float64).expand(3, 2, 3, 3)
    valid = torch.ones(3, 2, SIZE, SIZE, dtype=torch.bool)
    seeds = torch.tensor([0, 5, 2**61])
    boxes = match_regions(identity, valid, seeds, 2, SIDE).boxes1
    assert boxes[..., :2].flatten().tolist() == FIRST_RELEASE


def test_the_same_batch_gives_the_same_regions():
    pixels, batch = rare_map(8), samples(8)
    balanced = head(sampling='balanced', regions=4)
    first, again = (balanced.match(pixels, batch) for _ in range(2))
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first.boxes1, head(regions=4).match(pixels, batch).boxes1)


def test_invalid_pixels_neither_are_drawn_nor_make_a_stratum():
    pixels, valid = rare_map(60), torch.ones(2, SIZE, SIZE, dtype=torch.bool)
    valid[:, :, 50:] = False
    pixels[..., 25:] = 40.0
    found = head(sampling='balanced', strata=2, min_valid_share=1.0)
    matched = found.match(pixels, samples(60, valid=valid))
    assert matched.keep.all() and matched.boxes1[..., 2].max() <= 50
    strata = surface_strata(
        pixels, valid[:1].expand(60, -1, -1), torch.tensor(1), 12, 2
    )
    # Columns 0-5 are wholly valid; the rest must not take a stratum from the rare one.
    assert (strata[:, 1:3, 1:3] != strata[:, 7:8, 1:2]).all()


def test_strata_of_a_collapsed_map_and_without_valid_cells_are_harmless():
    seed, none = torch.tensor(3), torch.zeros(2, SIZE, SIZE, dtype=torch.bool)
    same = surface_strata(torch.ones(2, 4, 8, 8), ~none, seed, 6, 4)
    assert same.shape == (2, 6, 6) and not same.any()
    strata = surface_strata(torch.randn(2, 4, 8, 8), none, seed, 6, 4)
    assert strata.min() >= 0 and strata.max() < 4


def test_weighted_order_is_a_draw_without_replacement():
    """Second draws against the closed form p_j * p_i / (1 - p_j)."""
    weights = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.float64)
    bits = random_bits(torch.arange(40000)[:, None], torch.arange(4)[None])
    order = random_order(bits, weights.expand(40000, 4)).argsort(1, descending=True)
    first = torch.bincount(order[:, 0], minlength=4) / 40000
    assert torch.allclose(first.double(), weights, atol=0.01)
    p = weights[:3].tolist()
    second = sum(p[j] * p[0] / (1 - p[j]) for j in (1, 2))
    assert (order[:, 1] == 0).float().mean().item() == pytest.approx(second, abs=0.01)
    assert (order[:, 3] == 3).all()


def test_gradient_does_not_pass_through_the_strata():
    pixels = rare_map(4).requires_grad_()
    local = head(sampling='balanced', regions=2)
    loss, _ = local.loss(pixels, pixels + 0.1, samples(4))
    loss.backward()
    assert pixels.grad.isfinite().all() and pixels.grad.abs().sum() > 0


def test_regions_belong_to_the_domain_of_their_image():
    pixels, batch = rare_map(6), samples(6)
    local, groups = head(regions=3), torch.tensor([0, 1, 0, 1, 0, 1])
    mixed, _ = local.loss(pixels, pixels.flip(1), batch, groups)
    alone = [
        local.loss(pixels[g::2], pixels.flip(1)[g::2], batch[g::2])[0] for g in (0, 1)
    ]
    assert torch.allclose(mixed, sum(alone) / 2, atol=1e-6)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match='must be "uniform" or "balanced", got "rare"'):
        head(sampling='rare')
    with pytest.raises(ValueError, match='needs 2 strata or more, got 1'):
        head(sampling='balanced', strata=1)


def test_the_ablation_differs_by_the_switch_alone():
    configs = Path(__file__).parents[2] / 'configs'
    for balanced, plain in (
        ('glcnet/glcnet-balanced_r50_400e_potsdam.py', 'glcnet_potsdam.py'),
        (
            'glcnet/glcnet-balanced_r18_small_sample.py',
            'glcnet/glcnet_r18_small_sample.py',
        ),
    ):
        changed, base = (Config.fromfile(configs / p) for p in (balanced, plain))
        assert changed.model.local_head.pop('sampling') == 'balanced'
        assert changed.to_dict() == base.to_dict()
