"""Scores of the done cells, and what can be said of them."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .cells import is_done
from .convergence import has_converged
from .definition import Study
from .gain import Run
from .plan import Cell, result_path

# Name of the frozen probe's column.
PROBE = 'frozen probe'


class Result(NamedTuple):
    """Scores of one fine-tuning in percent; an undefined one is NaN.

    ``probe`` is the Kappa of logistic regression on the frozen maps it started from;
    ``converged`` is None where that cannot be told.
    """

    method: str
    fraction: float
    seed: int
    pretraining_seed: int | None
    labelled_windows: int
    overall: dict[str, float]
    f1: dict[str, float]
    probe: float = float('nan')
    converged: bool | None = None


def read_results(study: Study, cells: Mapping[str, Cell]) -> list[Result]:
    """The done fine-tunings by method, fraction and seed, in the study's order.

    Raises:
        ValueError: One was made with other settings than the study's present ones.
    """
    found = []
    for cell in cells.values():
        if cell.kind == 'finetuning' and is_done(study, cell):
            content = json.loads(result_path(study, cell).read_text())
            found.append(
                Result(
                    cell.method.name,
                    cell.fraction,
                    cell.seed,
                    cell.pretraining_seed,
                    content['labelled_windows'],
                    _numbers(content['overall']),
                    _numbers(content['f1']),
                    # Older runs did not look.
                    (content.get('probe') or {}).get('kappa', float('nan')),
                    is_converged(content),
                )
            )
    order = {name: number for number, name in enumerate(study.methods)}
    return sorted(found, key=lambda r: (order[r.method], *r[1:3], str(r[3])))


def results_csv(results: Sequence[Result]) -> str:
    """One line per fine-tuning; equal results give equal bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    scores, classes = list(results[0].overall), list(results[0].f1)
    keys = ['method', 'fraction', 'seed', 'pretraining_seed', 'labelled_windows']
    keys += ['converged', PROBE, *scores, *(f'F1 {name}' for name in classes)]
    writer.writerow(keys)
    for result in results:
        values = [result.probe, *(result.overall[s] for s in scores)]
        values += [result.f1[c] for c in classes]
        known = {True: 'yes', False: 'no', None: ''}[result.converged]
        writer.writerow([*result[:5], known, *(f'{value:.4f}' for value in values)])
    return text.getvalue()


def scores_of(
    results: Sequence[Result], method: str, fraction: float, score: str
) -> dict[Run, float]:
    """Run to score; ``F1 <class>`` is the F1 of a class, ``PROBE`` what was known."""
    chosen = [r for r in results if (r.method, r.fraction) == (method, fraction)]
    if score == PROBE:
        known = (r for r in chosen if not math.isnan(r.probe))
        return {(r.pretraining_seed, r.seed): r.probe for r in known}
    name = score.removeprefix('F1 ')
    return {
        (r.pretraining_seed, r.seed): (r.overall if name == score else r.f1)[name]
        for r in chosen
    }


def unconverged(results: Sequence[Result], method: str, fraction: float) -> bool:
    """Whether a run that enters a method's scores had not converged."""
    chosen = (r for r in results if (r.method, r.fraction) == (method, fraction))
    return any(result.converged is False for result in chosen)


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; NaN where there are too few values."""
    if not values:
        return float('nan'), float('nan')
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float('nan')
    return float(np.mean(values)), spread


def is_converged(content: Mapping) -> bool | None:
    """Whether the training of a result had converged; None if it cannot be told."""
    # A validation has judged a training that it ended.
    return True if content.get('stopped_early') else has_converged(content.get('loss'))


def _numbers(scores: Mapping[str, float | None]) -> dict[str, float]:
    return {k: float('nan') if v is None else v for k, v in scores.items()}
