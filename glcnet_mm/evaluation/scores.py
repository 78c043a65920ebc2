"""Accuracy scores from a confusion matrix; nothing here knows about images.

Rows are the truth, columns the prediction. Every score is a percentage, Kappa too.

What is undefined, and what is done about it:

* A class without a single truth pixel is absent: its four scores are NaN and the means
  leave it out. Pixels wrongly given to it still count against the classes they belong
  to. (Scores that rate such a class 0 are lower on small test areas.)
* A class that has truth pixels but is never predicted scores 0, precision included.
* Kappa is NaN when truth and prediction hold one and the same class only; every score
  is NaN when no pixel was counted.
"""

import numpy as np

from ..errors import UserError

PER_CLASS = ('precision', 'recall', 'F1', 'IoU')
# Those that tables show.
HEADLINE = ('OA', 'Kappa', 'mF1', 'mIoU')
MEANS = {'mF1': 'F1', 'mIoU': 'IoU', 'mPrecision': 'precision', 'mRecall': 'recall'}


def scores_from_matrix(matrix: np.ndarray) -> tuple[dict, dict]:
    """Computes all scores.

    Args:
        matrix: Pixel counts (K, K).

    Returns:
        The overall scores ``OA``, ``Kappa``, ``mF1``, ``mIoU``, ``mPrecision`` and
        ``mRecall`` as floats, and the per-class scores as arrays (K,).
    """
    # float64 before multiplying: products of pixel counts overflow int64.
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UserError(f'A confusion matrix is square, got shape {matrix.shape}.')
    per_class = class_scores(matrix)
    overall = {'OA': overall_accuracy(matrix), 'Kappa': kappa(matrix)}
    overall |= {mean: _mean(per_class[name]) for mean, name in MEANS.items()}
    return overall, per_class


def class_scores(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall, F1 and IoU of every class, each (K,)."""
    hits = np.diag(matrix)
    truth, predicted = matrix.sum(1), matrix.sum(0)
    present = truth > 0
    return {
        'precision': _percent(hits, np.maximum(predicted, 1), present),
        'recall': _percent(hits, truth, present),
        'F1': _percent(2 * hits, truth + predicted, present),
        'IoU': _percent(hits, truth + predicted - hits, present),
    }


def overall_accuracy(matrix: np.ndarray) -> float:
    """Share of the pixels given their own class."""
    total = matrix.sum()
    return float(100 * np.trace(matrix) / total) if total else float('nan')


def kappa(matrix: np.ndarray) -> float:
    """Cohen's Kappa: agreement beyond what the two class shares give by chance."""
    total = matrix.sum()
    if not total:
        return float('nan')
    observed = np.trace(matrix) / total
    chance = float((matrix.sum(0) / total) @ (matrix.sum(1) / total))
    # The quotient first: full agreement is then 100 to the last digit.
    return 100 * float((observed - chance) / (1 - chance)) if chance < 1 else np.nan


def _percent(part: np.ndarray, whole: np.ndarray, where: np.ndarray) -> np.ndarray:
    out = np.full(part.shape, np.nan)
    return 100 * np.divide(part, whole, out=out, where=where)


def _mean(values: np.ndarray) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else float('nan')
