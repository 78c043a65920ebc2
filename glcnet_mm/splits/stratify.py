"""Shares of classes kept: orders to draw in, and parts to divide into."""

import numpy as np

# Units to choose the next from, and their largest share of all: more follow the classes
# closer, but leave less to chance.
CANDIDATES, CANDIDATE_SHARE = 256, 0.25
# Random orders of which the most even division is kept.
TRIES = 16


def balanced_order(amounts: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Reorders units so that every beginning has the class shares of them all.

    Of the next ``CANDIDATES`` units, or a quarter of few units, the one comes first
    that brings the shares of all taken so far closest to those of the whole;
    differences count by the class's share, so that rare classes weigh as much as
    frequent ones.

    Args:
        amounts: ``(units, classes)``, e.g. pixels.
        order: Numbers of the units, in random order.
    """
    whole = amounts[order].sum(0)
    goal = whole / whole.sum()
    weight = np.where(goal > 0, 1 / np.maximum(goal, 1e-12), 0)
    count = max(2, min(CANDIDATES, int(CANDIDATE_SHARE * len(order))))
    waiting, coming = order[:count].copy(), iter(order[count:])
    total, taken = np.zeros(len(whole)), []
    while len(waiting):
        sums = amounts[waiting] + total
        shares = sums / np.maximum(sums.sum(1, keepdims=True), 1e-12)
        best = int((((shares - goal) ** 2) * weight).sum(1).argmin())
        total = sums[best]
        taken.append(waiting[best])
        following = next(coming, None)
        if following is None:
            waiting = np.delete(waiting, best)
        else:
            waiting[best] = following
    return np.array(taken)


def divide(amounts: np.ndarray, shares: np.ndarray, seed: int) -> np.ndarray:
    """Divides units into parts of given shares.

    Units come in random order; each goes to the part that lacks most of what it holds,
    the last ones to parts that would stay empty.

    Args:
        amounts: ``(units, kinds)``: what has to be divided by the shares, e.g. the
            number of windows alone, or that and the pixels of every class.
        shares: ``(parts,)``; what they leave of 1 is a last part.
        seed: Of the orders.

    Returns:
        The part of each unit, ``len(shares)`` for the rest.
    """
    rng = np.random.default_rng(seed)
    rest = max(1 - shares.sum(), 0)
    goals = np.append(shares, rest if rest > 1e-9 else -np.inf)
    # One kind has one way of being even: chance alone decides then.
    tries = TRIES if amounts.shape[1] > 1 else 1
    relative = amounts / np.maximum(amounts.sum(0), 1e-12)
    found = [
        _divide(relative, goals, rng.permutation(len(amounts))) for _ in range(tries)
    ]
    return min(found, key=lambda pair: pair[0])[1]


def _divide(
    relative: np.ndarray, goals: np.ndarray, order: np.ndarray
) -> tuple[float, np.ndarray]:
    """Squared distance from the goals, and the part of each unit."""
    parts = np.zeros(len(relative), int)
    real = np.isfinite(goals)
    lacking = np.where(real, goals, 0)[:, None] * np.ones(relative.shape[1])
    empty = set(np.flatnonzero(real))
    for left, unit in zip(range(len(order), 0, -1), order, strict=True):
        open_to = (
            real if left > len(empty) else np.isin(np.arange(len(goals)), [*empty])
        )
        part = int(np.where(open_to, lacking @ relative[unit], -np.inf).argmax())
        parts[unit] = part
        lacking[part] -= relative[unit]
        empty.discard(part)
    return float((lacking**2).sum()), parts
