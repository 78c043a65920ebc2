"""The gain of a method over the baseline, with what chance may have done to it."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95
# Seed of the pre-training, if there is one, and of the draw of labels.
Run = tuple[int | None, int]


class Gain(NamedTuple):
    """Mean of paired differences and its confidence interval; NaN for one draw."""

    mean: float
    low: float
    high: float


def paired_gain(
    scores: Mapping[Run, float],
    baseline: Mapping[Run, float],
    same_starts: bool = False,
) -> Gain | None:
    """Gain over the baseline on the same draws; None without any.

    The error of the mean has a part from the draws (labels and fine-tuning), from the
    differences of each draw, and one from the pre-trainings of either side that has
    several, from the means of each. Their degrees of freedom, few as they are, are
    joined by Satterthwaite's rule (Biometrics Bulletin 2(6), 1946). Without several
    pre-trainings this is the interval of a paired t test, and tells nothing of another
    pre-training.

    Args:
        scores: Of the method, by run.
        baseline: Of what it is compared with.
        same_starts: Whether both fine-tune the same pre-trained weights, so that what
            these have in common cancels; ignored where one side has fewer of them.
    """
    draws = _draws(scores) & _draws(baseline)
    if not draws:
        return None
    tables = [_table(side, sorted(draws)) for side in (scores, baseline)]
    differences = tables[0].mean(0) - tables[1].mean(0)
    same = same_starts and _starts(scores) == _starts(baseline)
    return _gain(float(differences.mean()), [differences], _of_starts(tables, same))


def unpaired_gain(
    scores: Mapping[Run, float],
    baseline: Mapping[Run, float],
    same_starts: bool = False,
) -> Gain | None:
    """Gain over a baseline on other draws; None without any.

    As ``paired_gain``, but the draws of either side have a part of their own: without
    several pre-trainings the interval is Welch's.
    """
    if not (_draws(scores) and _draws(baseline)):
        return None
    tables = [_table(side, sorted(_draws(side))) for side in (scores, baseline)]
    mean = float(tables[0].mean() - tables[1].mean())
    same = same_starts and _starts(scores) == _starts(baseline)
    draws = [table.mean(0) for table in tables]
    return _gain(mean, draws, _of_starts(tables, same))


def gain_text(gain: Gain | None) -> str:
    """A gain with its interval, as far as there is one; empty if it is undefined."""
    if gain is None or math.isnan(gain.mean):
        return ''
    if math.isnan(gain.low):
        return f'{gain.mean:+.2f}'
    return f'{gain.mean:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]'


def _gain(
    mean: float, draws: Sequence[np.ndarray], starts: Sequence[np.ndarray]
) -> Gain:
    """The interval from the parts of the draws and of several pre-trainings."""
    if min(map(len, draws)) == 1:
        return Gain(mean, float('nan'), float('nan'))
    parts = [*draws, *(part for part in starts if len(part) > 1)]
    squares = np.array([part.var(ddof=1) / len(part) for part in parts])
    freedom = np.array([len(part) - 1 for part in parts])
    total = squares.sum()
    if total == 0:
        return Gain(mean, mean, mean)
    joined = total**2 / (squares**2 / freedom).sum()
    half = float(stdtrit(joined, (1 + CONFIDENCE) / 2) * np.sqrt(total))
    return Gain(mean, mean - half, mean + half)


def _of_starts(tables: Sequence[np.ndarray], same: bool) -> list[np.ndarray]:
    """Means of the pre-trainings of either side, their differences where they match."""
    means = [table.mean(1) for table in tables]
    return [means[0] - means[1]] if same else means


def _draws(scores: Mapping[Run, float]) -> set[int]:
    """Draws that every pre-training has; an unfinished study lacks some."""
    starts = {start for start, _ in scores}
    seen = [{draw for s, draw in scores if s == start} for start in starts]
    return set.intersection(*seen) if seen else set()


def _table(scores: Mapping[Run, float], draws: list[int]) -> np.ndarray:
    """Scores ``(pre-trainings, draws)``."""
    return np.array(
        [[scores[start, draw] for draw in draws] for start in _starts(scores)]
    )


def _starts(scores: Mapping[Run, float]) -> list[int | None]:
    return sorted({start for start, _ in scores}, key=str)
