"""Scores of the done cells, and what can be said of them."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

from ...page import csv_text
from .cells import is_done
from .definition import Study
from .plan import Cell, result_path
from .result_file import MEND, read_run

CONFIDENCE = 0.95


class Result(NamedTuple):
    """Scores of one fine-tuning in percent; an undefined one is NaN."""

    method: str
    fraction: float
    seed: int
    labelled_windows: int
    overall: dict[str, float]
    f1: dict[str, float]


class Gain(NamedTuple):
    """Mean of paired differences and its confidence interval; NaN for one pair."""

    mean: float
    low: float
    high: float


def read_results(study: Study, cells: Mapping[str, Cell]) -> list[Result]:
    """The done fine-tunings by method, fraction and seed, in the study's order.

    Raises:
        ValueError: One was made with other settings than the study's present ones.
    """
    found, paths = [], []
    for cell in cells.values():
        if cell.kind == 'finetuning' and is_done(study, cell):
            run = read_run(result_path(study, cell))
            name, draw = cell.method.name, (cell.fraction, cell.seed)
            scores = (run.labelled_windows, run.overall, run.f1)
            found.append(Result(name, *draw, *scores))
            paths.append(result_path(study, cell))
            _check_alike(found, paths)
    order = {name: number for number, name in enumerate(study.methods)}
    return sorted(found, key=lambda r: (order[r.method], r.fraction, r.seed))


def results_csv(results: Sequence[Result]) -> str:
    """One line per fine-tuning; equal results give equal bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    scores, classes = list(results[0].overall), list(results[0].f1)
    keys = ['method', 'fraction', 'seed', 'labelled_windows']
    writer.writerow([*keys, *scores, *(csv_text(f'F1 {name}') for name in classes)])
    for result in results:
        values = [result.overall[s] for s in scores] + [result.f1[c] for c in classes]
        writer.writerow(
            [
                csv_text(result.method),
                *result[1:4],
                *(f'{value:.4f}' for value in values),
            ]
        )
    return text.getvalue()


def scores_of(
    results: Sequence[Result], method: str, fraction: float, score: str
) -> dict[int, float]:
    """Seed to score; ``F1 <class>`` is the F1 of a class."""
    chosen = (r for r in results if (r.method, r.fraction) == (method, fraction))
    of_class = score.removeprefix('F1 ')
    return {
        r.seed: r.overall[score] if score in r.overall else r.f1[of_class]
        for r in chosen
    }


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; NaN where there are too few values."""
    if not values:
        return float('nan'), float('nan')
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float('nan')
    return float(np.mean(values)), spread


def paired_gain(
    scores: Mapping[int, float], baseline: Mapping[int, float]
) -> Gain | None:
    """Gain over the baseline on the same seeds, by Student's t; None without any.

    The interval covers the mean of further seeds, if differences are about normal.
    """
    shared = sorted(set(scores) & set(baseline))
    if not shared:
        return None
    differences = np.array([scores[s] - baseline[s] for s in shared])
    mean = float(differences.mean())
    if len(shared) == 1:
        return Gain(mean, float('nan'), float('nan'))
    error = differences.std(ddof=1) / np.sqrt(len(shared))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(shared) - 1) * error)
    return Gain(mean, mean - half, mean + half)


def _check_alike(results: Sequence[Result], paths: Sequence[Path]) -> None:
    """Refuses a last result whose scores have other names than those of the first."""
    first, last = results[0], results[-1]
    wanted = {'mF1', 'Kappa', *first.overall}, {*first.f1}
    if ({*last.overall}, {*last.f1}) != wanted:
        raise ValueError(
            f'{paths[-1]} has other scores than it should have, and than '
            f'{paths[0]}, so one of them is damaged; {MEND}.'
        )
