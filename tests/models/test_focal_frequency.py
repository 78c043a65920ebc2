"""Focal frequency loss: identities that hold for every flag, and a slow transform."""

from itertools import product

import numpy as np
import pytest
import torch

from glcnet_mm.models.losses import FocalFrequencyLoss, focal_frequency_loss

FLAGS = [
    dict(zip(('ave_spectrum', 'log_matrix', 'batch_matrix'), values, strict=True))
    for values in product((False, True), repeat=3)
]


def images(seed=0, shape=(3, 2, 7, 6)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, *shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize('flags', FLAGS)
def test_an_offset_costs_its_square_and_an_impulse_its_mean_square(flags):
    target = images()[0]
    found = focal_frequency_loss(target + 3.0, target, **flags)
    # All of the energy is at frequency 0: c^2 H W in one of H W places.
    assert found.item() == pytest.approx(9.0)
    impulse = target.clone()
    impulse[:, :, 2, 3] += 4.0
    found = focal_frequency_loss(impulse, target, **flags)
    assert found.item() == pytest.approx(16 / 42)


@pytest.mark.parametrize('flags', FLAGS)
def test_it_never_exceeds_the_mean_squared_error_and_is_0_for_equals(flags):
    pred, target = images()
    error = (pred - target).square().mean()
    assert 0 < focal_frequency_loss(pred, target, **flags) <= error
    assert focal_frequency_loss(pred, pred, **flags) == 0


def test_without_focus_it_is_the_mean_squared_error():
    pred, target = images()
    for factor in (1, 2):
        found = focal_frequency_loss(
            pred[..., :6, :], target[..., :6, :], alpha=0, patch_factor=factor
        )
        error = (pred - target)[..., :6, :].square().mean()
        assert found.item() == pytest.approx(error.item())


@pytest.mark.parametrize('factor, log, batch', [(1, False, False), (2, True, True)])
def test_against_a_transform_by_its_definition(factor, log, batch):
    pred, target = images(1, (2, 2, 4, 6))
    side = (4 // factor, 6 // factor)
    rows = np.exp(-2j * np.pi * np.outer(*[np.arange(side[0])] * 2) / side[0])
    columns = np.exp(-2j * np.pi * np.outer(*[np.arange(side[1])] * 2) / side[1])
    distances = []
    for n, c, i, j in product(range(2), range(2), range(factor), range(factor)):
        part = np.s_[
            n, c, i * side[0] : (i + 1) * side[0], j * side[1] : (j + 1) * side[1]
        ]
        spectrum = rows @ (pred - target)[part].numpy() @ columns
        distances.append(np.abs(spectrum) / np.sqrt(side[0] * side[1]))
    distances = np.stack(distances)
    weight = np.log1p(distances**1.5) if log else distances**1.5
    weight /= weight.max() if batch else weight.max((1, 2), keepdims=True)
    found = focal_frequency_loss(
        pred,
        target,
        alpha=1.5,
        patch_factor=factor,
        log_matrix=log,
        batch_matrix=batch,
    )
    assert found.item() == pytest.approx((weight * distances**2).mean())


def test_the_weight_carries_no_gradient():
    pred, target = images()
    pred.requires_grad_()
    focal_frequency_loss(pred, target).backward()
    # The gradient of mean(w d^2) with w fixed, by Parseval a filtered difference.
    difference = torch.fft.fft2((pred - target).detach(), norm='ortho')
    weight = difference.abs() / difference.abs().amax((-2, -1), keepdim=True)
    expected = torch.fft.ifft2(weight * difference, norm='ortho').real
    assert torch.allclose(pred.grad, 2 * expected / pred.numel())


def test_half_precision_is_left_for_the_transform():
    pred, target = images().bfloat16()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = FocalFrequencyLoss(loss_weight=2.0)(pred, target)
    expected = 2 * focal_frequency_loss(pred.double(), target.double())
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match='Shapes differ'):
        focal_frequency_loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
    with pytest.raises(ValueError, match='3 patches per side do not divide 4x4'):
        focal_frequency_loss(*torch.zeros(2, 1, 1, 4, 4), patch_factor=3)
