"""Scores of the done cells, and what can be said of them."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..visualization.page import csv_text
from .choice import RANDOM
from .definition import Study
from .gain import Run
from .plan import Cell
from .result_file import MEND, read_run
from .runs import is_done

# Name of the frozen probe's column.
PROBE = 'frozen probe'
# Of scores with a run that had not converged, and what a title says of it.
MARK = ' †'
NOTE = '; †: a run of it had not converged'


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
    choice: str = RANDOM

    @property
    def arm(self) -> str:
        """Name of what it is a run of; see ``arms``."""
        return arm_name(self.method, self.choice)


class Arm(NamedTuple):
    """A method on one kind of draws."""

    name: str
    method: str
    choice: str


def arm_name(method: str, choice: str) -> str:
    """What tables call a method on a kind of draws."""
    return method if choice == RANDOM else f'{method}; {choice}'


def arms(study: Study, results: Sequence[Result]) -> list[Arm]:
    """Every method on random draws, then on each choice that has results."""
    choices = dict.fromkeys([RANDOM, *(result.choice for result in results)])
    return [
        Arm(arm_name(method, choice), method, choice)
        for choice in choices
        for method in study.methods
    ]


def read_results(study: Study, cells: Mapping[str, Cell]) -> list[Result]:
    """The done fine-tunings by method, fraction and seed, in the study's order.

    Raises:
        UserError: One was made with other settings than the study's present ones.
    """
    found, paths = [], []
    for cell in cells.values():
        if cell.kind == 'finetuning' and is_done(study, cell):
            run = read_run(study.folder.run(cell.name).result)
            found.append(
                Result(
                    cell.method.name,
                    cell.fraction,
                    cell.seed,
                    cell.pretraining_seed,
                    run.labelled_windows,
                    run.overall,
                    run.f1,
                    run.probe,
                    run.converged,
                    cell.choice.name if cell.choice else RANDOM,
                )
            )
            paths.append(study.folder.run(cell.name).result)
            _check_alike(found, paths)
    order = {name: number for number, name in enumerate(study.methods)}
    return sorted(found, key=lambda r: (order[r.method], *r[1:3], str(r[3])))


def results_csv(results: Sequence[Result]) -> str:
    """One line per fine-tuning; equal results give equal bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    scores, classes = list(results[0].overall), list(results[0].f1)
    keys = ['method', 'fraction', 'seed', 'pretraining_seed', 'labelled_windows']
    keys += ['converged', PROBE, 'choice', *scores]
    writer.writerow([*keys, *(csv_text(f'F1 {name}') for name in classes)])
    for result in results:
        values = [result.overall[s] for s in scores]
        values += [result.f1[c] for c in classes]
        known = {True: 'yes', False: 'no', None: ''}[result.converged]
        row = [csv_text(result.method), *result[1:5], known, f'{result.probe:.4f}']
        row.append(csv_text(result.choice))
        writer.writerow([*row, *(f'{value:.4f}' for value in values)])
    return text.getvalue()


def scores_of(
    results: Sequence[Result], arm: str, fraction: float, score: str
) -> dict[Run, float]:
    """Run to score; ``F1 <class>`` is the F1 of a class, ``PROBE`` what was known."""
    chosen = [r for r in results if (r.arm, r.fraction) == (arm, fraction)]
    if score == PROBE:
        known = (r for r in chosen if not math.isnan(r.probe))
        return {(r.pretraining_seed, r.seed): r.probe for r in known}
    name = score.removeprefix('F1 ')
    return {
        (r.pretraining_seed, r.seed): (r.overall if name == score else r.f1)[name]
        for r in chosen
    }


def unconverged(results: Sequence[Result], arm: str, fraction: float) -> bool:
    """Whether a run that enters an arm's scores had not converged."""
    chosen = (r for r in results if (r.arm, r.fraction) == (arm, fraction))
    return any(result.converged is False for result in chosen)


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; NaN where there are too few values."""
    if not values:
        return float('nan'), float('nan')
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else float('nan')
    return float(np.mean(values)), spread


def score_text(scores: Mapping[Run, float]) -> str:
    """Mean and standard deviation of runs, as far as there are any."""
    mean, spread = mean_and_std(list(scores.values()))
    text = '' if math.isnan(mean) else f'{mean:.2f}'
    return text if math.isnan(spread) else f'{text} ± {spread:.2f}'


def _check_alike(results: Sequence[Result], paths: Sequence[Path]) -> None:
    """Refuses a last result whose scores have other names than those of the first."""
    first, last = results[0], results[-1]
    wanted = {'mF1', 'Kappa', *first.overall}, {*first.f1}
    if ({*last.overall}, {*last.f1}) != wanted:
        raise UserError(
            f'{paths[-1]} has other scores than it should have, and than '
            f'{paths[0]}, so one of them is damaged; {MEND}.'
        )
