"""Draws of label fractions: nested, by scene, with the classes kept."""

import numpy as np
import pytest

from glcnet_mm.splits.label_fractions import draw_numbers
from glcnet_mm.splits.stratify import balanced_order

COUNT = 400


@pytest.fixture
def shares():
    """Windows of one class each: 80, 15 and 5 in a hundred; the last ten unlabelled."""
    classes = np.random.default_rng(0).choice(3, COUNT, p=[0.8, 0.15, 0.05])
    found = np.eye(3)[classes]
    found[-10:] = 0
    return found


def error(shares, numbers):
    drawn, whole = shares[numbers].sum(0), shares.sum(0)
    return np.abs(drawn / drawn.sum() - whole / whole.sum()).max()


def test_stratified_draws_keep_the_classes(shares):
    for fraction, count in ((0.05, 20), (0.2, 78)):
        drawn = [draw_numbers(shares, fraction, s, stratified=True) for s in range(8)]
        chance = [draw_numbers(shares, fraction, s) for s in range(8)]
        assert all(len(numbers) == count for numbers in drawn)
        # Most are as even as whole windows can be.
        assert np.median([error(shares, n) for n in drawn]) < 1 / count
        assert max(error(shares, n) for n in drawn) < 3 / count
        told, untold = (np.mean([error(shares, n) for n in d]) for d in (drawn, chance))
        assert untold > 2 * told
        assert len({tuple(n) for n in drawn}) == 8


@pytest.mark.parametrize('stratified', [False, True])
@pytest.mark.parametrize('units', [None, np.arange(COUNT) // 20])
def test_small_shares_are_part_of_large_ones(shares, stratified, units):
    settings = dict(stratified=stratified, units=units)
    before = set()
    for fraction in (0.01, 0.1, 0.3, 1.0):
        numbers = set(draw_numbers(shares, fraction, 3, **settings))
        assert before <= numbers
        before = numbers
    assert before == set(range(COUNT - 10))
    again = draw_numbers(shares, 0.3, 3, **settings)
    assert np.array_equal(again, draw_numbers(shares, 0.3, 3, **settings))
    assert not np.array_equal(again, draw_numbers(shares, 0.3, 4, **settings))


def test_scenes_are_drawn_whole(shares):
    scenes = np.repeat(np.arange(8), 50)
    numbers = draw_numbers(shares, 0.25, 0, units=scenes)
    assert len(numbers) in (100, 90)
    for scene in np.unique(scenes[numbers]):
        labelled = (scenes == scene) & (shares.sum(1) > 0)
        assert (scenes[numbers] == scene).sum() == labelled.sum()
    assert len(draw_numbers(shares, 0.001, 0, units=scenes)) in (50, 40)


def test_an_order_has_every_unit_once():
    amounts = np.random.default_rng(0).random((150, 4))
    order = np.random.default_rng(1).permutation(150)[:120]
    found = balanced_order(amounts, order)
    assert sorted(found) == sorted(order) and list(found) != list(order)


def test_wrong_fractions_are_refused(shares):
    for fraction in (0, -1, 1.1):
        with pytest.raises(ValueError, match=r'must lie in \(0, 1\]'):
            draw_numbers(shares, fraction, 0)
    with pytest.raises(ValueError, match='enough labelled pixels'):
        draw_numbers(shares * 0, 0.1, 0)
