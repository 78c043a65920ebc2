"""Metrics."""

from .confusion_matrix_metric import ConfusionMatrixMetric
from .probes import knn_probe, linear_probe, logistic_probe
from .scores import scores_from_matrix

__all__ = [
    'ConfusionMatrixMetric',
    'knn_probe',
    'linear_probe',
    'logistic_probe',
    'scores_from_matrix',
]
