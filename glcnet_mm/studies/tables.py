"""The tables of a study, as Markdown and as HTML."""

import math
from collections.abc import Sequence

from ..visualization.page import Table
from .definition import Study
from .gain import Gain, Run, paired_gain
from .results import PROBE, Result, mean_and_std, scores_of, unconverged

MARK = ' †'
NOTE = '; †: a run of it had not converged'
SCORES = ('Kappa', 'OA', 'mF1', 'mIoU')


def study_tables(study: Study, results: Sequence[Result]) -> list[Table]:
    """Every score, then the gain in Kappa, then F1 by class for every fraction."""
    tables = [score_table(study, results, score) for score in SCORES]
    if study.baseline is not None:
        tables.insert(1, gain_table(study, results))
    return [*tables, *(class_table(study, results, f) for f in _begun(study, results))]


def score_table(study: Study, results: Sequence[Result], score: str) -> Table:
    """Mean and standard deviation over the runs, best mean of a fraction in bold.

    Kappa stands beside the probe of what the runs started from, so that what the
    fine-tuning adds or loses is seen.
    """
    columns, heads, marks = [], [], []
    for fraction in _begun(study, results):
        for name in (PROBE, score) if score == 'Kappa' else (score,):
            column = [scores_of(results, m, fraction, name) for m in study.methods]
            if any(column):
                columns.append(column)
                # What was known before did not depend on the training.
                marks.append([] if name == PROBE else _marked(study, results, fraction))
                percent = _percents([fraction])[0]
                heads.append(f'{percent}, {PROBE}' if name == PROBE else percent)
    title = f'{score} in per cent, mean ± standard deviation over runs'
    if any(PROBE in head for head in heads):
        title += '; frozen probe: logistic regression on the maps before fine-tuning'
    return _table(title, list(study.methods), heads, columns, marks)


def class_table(study: Study, results: Sequence[Result], fraction: float) -> Table:
    """F1 of every class at one fraction."""
    classes = list(results[0].f1) if results else []
    columns = [
        [scores_of(results, method, fraction, f'F1 {name}') for method in study.methods]
        for name in classes
    ]
    title = f'F1 by class at {100 * fraction:g} % of the labels, in per cent'
    marks = [_marked(study, results, fraction)] * len(classes)
    return _table(title, list(study.methods), classes, columns, marks)


def gain_table(study: Study, results: Sequence[Result], score: str = 'Kappa') -> Table:
    """Paired differences to the baseline with their confidence intervals."""
    methods = [name for name in study.methods if name != study.baseline]
    rows, marked = [], False
    for method in methods:
        starts = {r.pretraining_seed for r in results if r.method == method}
        several = f' ({len(starts)} pre-trainings)' * (len(starts) > 1)
        row = [method + several]
        for fraction in _begun(study, results):
            base = scores_of(results, study.baseline, fraction, score)
            gain = paired_gain(scores_of(results, method, fraction, score), base)
            left = {method, study.baseline} & set(_marked(study, results, fraction))
            row.append(_gain_text(gain) + MARK * bool(left and gain))
            marked |= bool(left and gain)
        rows.append(row)
    title = (
        f'Gain in {score} over {study.baseline}, same draws: mean and 95 % confidence '
        f'interval'
    ) + NOTE * marked
    return Table(title, ['method', *_percents(_begun(study, results))], rows)


def _table(
    title: str,
    names: list[str],
    heads: list[str],
    columns: list[list[dict[Run, float]]],
    marks: list[list[str]],
) -> Table:
    rows, bold = [[name] for name in names], set()
    for x, column in enumerate(columns, 1):
        means = []
        draws = {draw for scores in column for _, draw in scores}
        for y, scores in enumerate(column):
            mean, spread = mean_and_std(list(scores.values()))
            text = '' if math.isnan(mean) else f'{mean:.2f}'
            text = text if math.isnan(spread) else f'{text} ± {spread:.2f}'
            # A report of an unfinished study says how many runs it has.
            starts = {start for start, _ in scores}
            few = 0 < len(scores) < len(starts) * len(draws)
            text = f'{text} (n={len(scores)})' if few else text
            rows[y].append(text + MARK * bool(text and names[y] in marks[x - 1]))
            means.append(-math.inf if math.isnan(mean) else round(mean, 2))
        best = max(means, default=-math.inf)
        # The best of nothing is no achievement.
        bold |= {(y, x) for y, m in enumerate(means) if m == best > 0}
    title += NOTE * any(cell.endswith(MARK) for row in rows for cell in row)
    return Table(title, ['method', *heads], rows, frozenset(bold))


def _gain_text(gain: Gain | None) -> str:
    if gain is None:
        return ''
    if math.isnan(gain.low):
        return f'{gain.mean:+.2f}'
    return f'{gain.mean:+.2f} [{gain.low:+.2f}, {gain.high:+.2f}]'


def _marked(study: Study, results: Sequence[Result], fraction: float) -> list[str]:
    """Methods with a run that had not converged."""
    return [name for name in study.methods if unconverged(results, name, fraction)]


def _begun(study: Study, results: Sequence[Result]) -> list[float]:
    """Fractions with a result; an unfinished study has no empty columns."""
    there = {result.fraction for result in results}
    return [fraction for fraction in study.fractions if fraction in there]


def _percents(fractions: Sequence[float]) -> list[str]:
    return [f'{100 * fraction:g} %' for fraction in fractions]
