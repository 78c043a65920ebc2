"""The rule on the training loss, against falls that are known in closed form."""

import numpy as np
import pytest

from glcnet_mm.studies.convergence import has_converged, loss_curve

STEPS = 2000
FLAT = np.ones(STEPS)
POLY = (1 - np.arange(STEPS) / STEPS) ** 0.9


def falling(constants, rates=FLAT, noise=0.0):
    """An exponential fall by 1 over so many time constants, in time of the rates."""
    time = np.cumsum(rates) / np.sum(rates)
    loss = 0.4 + np.exp(-constants * time)
    return loss + np.random.default_rng(0).normal(0, noise, STEPS)


@pytest.mark.parametrize('noise', [0.0, 0.02])
@pytest.mark.parametrize('rates', [FLAT, 1e-4 * FLAT, POLY], ids=['1', '1e-4', 'poly'])
def test_two_time_constants_are_too_few_and_four_enough(rates, noise):
    for constants, expected in ((0.1, False), (1, False), (2, False), (4, True)):
        curve = loss_curve(falling(constants, rates, noise), rates)
        assert has_converged(curve) is expected


def test_a_schedule_that_ends_at_nothing_does_not_hide_the_fall():
    """By iterations alone the last fifth would hold 5 % of a straight fall."""
    curve = loss_curve(2 - np.cumsum(POLY) / np.sum(POLY), POLY)
    assert curve[80][1] - curve[-1][1] < 0.05
    assert has_converged(curve) is False


def test_what_noise_alone_could_do_is_no_fall():
    for seed in range(20):
        loss = np.random.default_rng(seed).normal(1, 0.5, STEPS)
        loss[:20] += 1.5
        assert has_converged(loss_curve(loss, FLAT)) in (True, None)


def test_what_cannot_be_told():
    assert has_converged(None) is None
    assert has_converged([]) is None
    assert has_converged(loss_curve(falling(1)[:12], FLAT[:12])) is None
    assert has_converged([[0.1, 1.0], [0.9, float('nan')]]) is None


def test_a_curve_keeps_the_mean_and_the_time_of_each_stretch():
    curve = np.array(loss_curve(np.arange(STEPS), 3 * FLAT))
    assert curve.shape == (100, 2)
    np.testing.assert_allclose(curve[:, 0], (np.arange(100) + 0.5) / 100)
    np.testing.assert_allclose(curve[:, 1], 20 * np.arange(100) + 9.5)
    assert len(loss_curve(np.arange(7), np.ones(7))) == 7
