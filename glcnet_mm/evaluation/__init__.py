"""Metrics."""

from .confusion_matrix_metric import ConfusionMatrixMetric
from .scores import scores_from_matrix

__all__ = ['ConfusionMatrixMetric', 'scores_from_matrix']
