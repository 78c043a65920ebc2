"""The tables of a study, as Markdown and as HTML."""

import math
from collections.abc import Sequence

from ..evaluation.scores import HEADLINE
from ..visualization.page import Table
from .additions import SCORE, addition_tables
from .definition import Study
from .gain import Run, gain_text, paired_gain
from .results import (
    MARK,
    NOTE,
    PROBE,
    Arm,
    Result,
    arm_name,
    arms,
    mean_and_std,
    score_text,
    scores_of,
    unconverged,
)


def study_tables(study: Study, results: Sequence[Result]) -> list[Table]:
    """Kappa and what raised it, the other scores, F1 by class for every fraction."""
    fractions = _begun(study, results)
    scores = {score: score_table(study, results, score) for score in HEADLINE}
    kappa = scores.pop('Kappa')
    gains = [gain_table(study, results)] if study.baseline is not None else []
    for fraction in fractions:
        gains += addition_tables(study, results, fraction)
    classes = (class_table(study, results, fraction) for fraction in fractions)
    return [kappa, *gains, *scores.values(), *classes]


def score_table(study: Study, results: Sequence[Result], score: str) -> Table:
    """Mean and standard deviation over the runs, best mean of a fraction in bold.

    Kappa stands beside the probe of what the runs started from, so that what the
    fine-tuning adds or loses is seen.
    """
    every = arms(study, results)
    columns, heads, marks = [], [], []
    for fraction in _begun(study, results):
        for name in (PROBE, score) if score == 'Kappa' else (score,):
            column = [scores_of(results, arm.name, fraction, name) for arm in every]
            if any(column):
                columns.append(column)
                # What was known before did not depend on the training.
                marks.append([] if name == PROBE else _marked(study, results, fraction))
                percent = _percents([fraction])[0]
                heads.append(f'{percent}, {PROBE}' if name == PROBE else percent)
    title = f'{score} in per cent, mean ± standard deviation over runs'
    if any(PROBE in head for head in heads):
        title += '; frozen probe: logistic regression on the maps before fine-tuning'
    return _table(title, every, heads, columns, marks)


def class_table(study: Study, results: Sequence[Result], fraction: float) -> Table:
    """F1 of every class at one fraction."""
    every = arms(study, results)
    classes = list(results[0].f1) if results else []
    columns = [
        [scores_of(results, arm.name, fraction, f'F1 {name}') for arm in every]
        for name in classes
    ]
    title = f'F1 by class at {100 * fraction:g} % of the labels, in per cent'
    marks = [_marked(study, results, fraction)] * len(classes)
    return _table(title, every, classes, columns, marks)


def gain_table(study: Study, results: Sequence[Result]) -> Table:
    """Paired differences to the baseline with their confidence intervals."""
    rows, marked = [], False
    assert study.baseline is not None
    for name, method, choice in arms(study, results):
        if method == study.baseline:
            continue
        starts = {r.pretraining_seed for r in results if r.method == method}
        several = f' ({len(starts)} pre-trainings)' * (len(starts) > 1)
        row, other = [name + several], arm_name(study.baseline, choice)
        for fraction in _begun(study, results):
            base = scores_of(results, other, fraction, SCORE)
            gain = paired_gain(scores_of(results, name, fraction, SCORE), base)
            left = {name, other} & set(_marked(study, results, fraction))
            row.append(gain_text(gain) + MARK * bool(left and gain))
            marked |= bool(left and gain)
        rows.append(row)
    title = (
        f'Gain in {SCORE} over {study.baseline}, same draws: mean and 95 % confidence '
        f'interval'
    ) + NOTE * marked
    return Table(title, ['method', *_percents(_begun(study, results))], rows)


def _table(
    title: str,
    rows_of: list[Arm],
    heads: list[str],
    columns: list[list[dict[Run, float]]],
    marks: list[list[str]],
) -> Table:
    rows, bold = [[arm.name] for arm in rows_of], set()
    for x, column in enumerate(columns, 1):
        means = []
        pairs = list(zip(rows_of, column, strict=True))
        # A choice may have seeds of its own.
        draws = {(arm.choice, draw) for arm, scores in pairs for _, draw in scores}
        for y, (arm, scores) in enumerate(pairs):
            text, mean = score_text(scores), mean_and_std([*scores.values()])[0]
            # A report of an unfinished study says how many runs it has.
            starts = {start for start, _ in scores}
            wanted = sum(choice == arm.choice for choice, _ in draws)
            few = 0 < len(scores) < len(starts) * wanted
            text = f'{text} (n={len(scores)})' if few else text
            rows[y].append(text + MARK * bool(text and arm.name in marks[x - 1]))
            means.append(-math.inf if math.isnan(mean) else round(mean, 2))
        best = max(means, default=-math.inf)
        # The best of nothing is no achievement.
        bold |= {(y, x) for y, m in enumerate(means) if m == best > 0}
    title += NOTE * any(cell.endswith(MARK) for row in rows for cell in row)
    return Table(title, ['method', *heads], rows, frozenset(bold))


def _marked(study: Study, results: Sequence[Result], fraction: float) -> list[str]:
    """Arms with a run that had not converged."""
    names = [arm.name for arm in arms(study, results)]
    return [name for name in names if unconverged(results, name, fraction)]


def _begun(study: Study, results: Sequence[Result]) -> list[float]:
    """Fractions with a result; an unfinished study has no empty columns."""
    there = {result.fraction for result in results}
    return [fraction for fraction in study.fractions if fraction in there]


def _percents(fractions: Sequence[float]) -> list[str]:
    return [f'{100 * fraction:g} %' for fraction in fractions]
