"""Scores as a table for people and as a JSON file for programs."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..files import write_text
from .scores import PER_CLASS


def score_table(
    classes: Sequence[str], matrix: np.ndarray, overall: dict, per_class: dict
) -> str:
    """Lays out one line per class and one with the overall scores.

    Args:
        classes: K names.
        matrix: Pixel counts (K, K).
        overall: Name to percentage.
        per_class: Name to percentages (K,).
    """
    width = max(len('class'), *(len(name) for name in classes))
    head = ''.join(f'{name:>11}' for name in PER_CLASS)
    lines = [f'{"class":<{width}}{head}{"truth px":>14}']
    for i, name in enumerate(classes):
        cells = ''.join(f'{per_class[score][i]:11.2f}' for score in PER_CLASS)
        lines.append(f'{name:<{width}}{cells}{int(matrix[i].sum()):14d}')
    lines.append('  '.join(f'{name} {value:.2f}' for name, value in overall.items()))
    return '\n'.join(lines)


def write_scores(
    path: str | Path,
    classes: Sequence[str],
    matrix: np.ndarray,
    overall: dict,
    per_class: dict,
) -> None:
    """Writes scores and matrix; undefined scores become null.

    The file appears at ``path`` complete or not at all.
    """
    by_class = {
        name: {score: _or_none(per_class[score][i]) for score in PER_CLASS}
        for i, name in enumerate(classes)
    }
    content = {
        'unit': 'percent',
        'overall': {name: _or_none(value) for name, value in overall.items()},
        'per_class': by_class,
        'classes': list(classes),
        'confusion_matrix': np.asarray(matrix).tolist(),
        'confusion_matrix_axes': 'rows: truth, columns: prediction',
    }
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + '\n')


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
