"""Whether a training had come to its end, from the fall of its loss."""

from collections.abc import Sequence

import numpy as np
from mmengine.runner import Runner
from scipy import stats

# Points that are kept of a loss curve.
POINTS = 100
# The last part of a training that is looked at, and the share of the whole fall of the
# loss that may be left to it. A loss that decays exponentially leaves 4.3 % after three
# of its time constants and 7.7 % after two.
TAIL = 0.2
SHARE = 0.05
# Fewer points in the tail tell nothing.
FEWEST = 5


def loss_of(runner: Runner) -> list[list[float]]:
    """The loss curve of a finished training, over all its resumes."""
    hub = runner.message_hub
    names = ('train/loss', 'train/lr')
    losses, rates = (np.asarray(hub.get_scalar(name).data[0]) for name in names)
    return loss_curve(losses, rates)


def loss_curve(losses: np.ndarray, rates: np.ndarray) -> list[list[float]]:
    """Means of equal stretches of a training.

    Args:
        losses: Of every iteration.
        rates: Learning rates, or a multiple of them.

    Returns:
        ``[time, loss]`` of each stretch. Time is the sum of the rates so far, from 0 to
        1: near the end of a falling schedule an iteration can change little, and a loss
        that hardly falls there says little.
    """
    time = (np.cumsum(rates) - np.asarray(rates) / 2) / np.sum(rates)
    parts = np.array_split(np.arange(len(losses)), min(POINTS, len(losses)))
    return [[float(time[p].mean()), float(np.mean(losses[p]))] for p in parts]


def has_converged(curve: Sequence[Sequence[float]] | None) -> bool | None:
    """Whether the loss had all but ended to fall; None if that cannot be told.

    It had not if a line through the last fifth (in time of ``loss_curve``) falls by
    more than 5 % of what the loss fell in all, and by more than twice its standard
    error.
    """
    if not curve or not np.isfinite(curve).all():
        return None
    time, loss = np.array(curve).T
    tail = time > 1 - TAIL
    if tail.sum() < FEWEST:
        return None
    line = stats.linregress(time[tail], loss[tail])
    left = -line.slope * TAIL
    whole = loss[0] - (line.intercept + line.slope)
    sure = left > 2 * line.stderr * TAIL
    return not (sure and left > SHARE * max(whole, 0.0))
