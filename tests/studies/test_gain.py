"""The interval of a gain: closed forms, and how often it holds what is true."""

import numpy as np
import pytest
from scipy import stats

from glcnet_mm.studies.gain import gain_text, paired_gain, unpaired_gain

TRUTH = 3.0


def scores(table):
    """Scores by pre-training and draw."""
    return {(p, d): table[p, d] for p, d in np.ndindex(table.shape)}


def test_the_parts_are_joined_by_satterthwaite():
    rng = np.random.default_rng(0)
    method, base = rng.normal(50, 3, (2, 4)), rng.normal(45, 3, (3, 4))
    gain = paired_gain(scores(method), scores(base))
    differences = method.mean(0) - base.mean(0)
    squares = [
        stats.sem(differences) ** 2,
        stats.sem(method.mean(1)) ** 2,
        stats.sem(base.mean(1)) ** 2,
    ]
    freedom = sum(squares) ** 2 / (
        squares[0] ** 2 / 3 + squares[1] ** 2 / 1 + squares[2] ** 2 / 2
    )
    half = stats.t.ppf(0.975, freedom) * sum(squares) ** 0.5
    mean = differences.mean()
    assert gain == pytest.approx((mean, mean - half, mean + half))


@pytest.mark.parametrize(
    ('starts', 'base_starts', 'draws', 'spread'),
    [
        (1, 1, 5, 0.0),
        (2, 1, 3, 1.0),
        (2, 1, 5, 0.0),
        (2, 1, 5, 1.0),
        (3, 1, 5, 2.0),
        (3, 3, 3, 1.0),
        (5, 1, 5, 1.0),
    ],
)
def test_it_covers_the_truth_about_as_often_as_it_says(
    starts, base_starts, draws, spread
):
    """Draws move both sides alike; pre-trainings and fine-tunings each by itself."""
    rng = np.random.default_rng(draws + 10 * starts)
    trials, covered, by_draws = 1000, 0, 0
    for _ in range(trials):
        of_draws = rng.normal(40, 4, draws)
        method, base = (
            of_draws
            + level
            + rng.normal(0, spread * (count > 1), (count, 1))
            + rng.normal(0, 1, (count, draws))
            for level, count in ((TRUTH, starts), (0.0, base_starts))
        )
        gain = paired_gain(scores(method), scores(base))
        covered += gain.low <= TRUTH <= gain.high
        # As if each draw's mean told everything.
        alone = paired_gain(scores(method.mean(0)[None]), scores(base.mean(0)[None]))
        by_draws += alone.low <= TRUTH <= alone.high
    assert 0.93 < covered / trials < 0.985
    if spread >= 1 and draws == 5:
        assert by_draws / trials < 0.93 < covered / trials


def test_of_an_unfinished_study_the_draws_that_all_have_count():
    method = {(0, 0): 5.0, (0, 1): 6.0, (0, 2): 9.0, (1, 0): 7.0, (1, 1): 8.0}
    base = {(None, draw): 1.0 for draw in range(3)}
    gain = paired_gain(method, base)
    assert gain.mean == pytest.approx(5.5)
    assert gain.low < 5.5 < gain.high
    assert paired_gain({(0, 0): 5.0, (1, 1): 6.0}, base) is None


def test_equal_differences_have_no_error():
    gain = paired_gain(
        {(None, d): 2.0 + d for d in range(3)}, {(None, d): d for d in range(3)}
    )
    assert gain == (2.0, 2.0, 2.0)


def test_pre_trainings_that_both_sides_have_cancel():
    rng = np.random.default_rng(0)
    starts, draws = rng.normal(0, 5, (3, 1)), rng.normal(0, 2, 5)
    base, method = 50 + starts + draws, 51 + starts + draws
    assert paired_gain(scores(method), scores(base)).low < 0
    same = paired_gain(scores(method), scores(base), same_starts=True)
    np.testing.assert_allclose(same, 1)
    # Of other draws the spread of these is left: Welch's interval.
    others = 51 + starts + rng.normal(0, 2, 5)
    welch = stats.ttest_ind(others.mean(0), base.mean(0), equal_var=False)
    found = unpaired_gain(scores(others), scores(base), same_starts=True)
    np.testing.assert_allclose(found[1:], welch.confidence_interval(), atol=1e-9)
    fewer = {run: score for run, score in scores(base).items() if run[0]}
    assert paired_gain(scores(method), fewer, True) == paired_gain(
        scores(method), fewer
    )


def test_an_undefined_score_leaves_its_gain_empty():
    base = {(None, d): 40.0 + d for d in range(3)}
    gain = paired_gain(dict.fromkeys(base, float('nan')), base)
    assert gain_text(gain) == ''
    assert gain_text(None) == ''
