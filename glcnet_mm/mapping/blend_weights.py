"""How much each window counts where several meet."""

import numpy as np


def blend_weights(size_px: int, window_px: int, starts: list[int]) -> np.ndarray:
    """Weight of every window at every one of its pixels along one axis.

    Raised-cosine windows, so that a window's border, where the network sees least
    context, hardly counts where another window sees more. The weights of all windows
    at one pixel of the scene sum to 1. In two dimensions the weight is the product of
    both axes', and the sum is still 1 because all rows of windows share their columns.

    Returns:
        (number of windows, window_px); past the end of a short axis the values are 0.
    """
    phase = (np.arange(window_px) + 0.5) / window_px
    # The floor keeps the quotient exact where a single border pixel stands alone.
    shape = np.sin(np.pi * phase) ** 2 + 1e-3
    total = np.zeros(max(size_px, window_px))
    for start in starts:
        total[start : start + window_px] += shape
    weights = np.stack([shape / total[s : s + window_px] for s in starts])
    inside = np.array(starts)[:, None] + np.arange(window_px) < size_px
    return (weights * inside).astype(np.float32)
