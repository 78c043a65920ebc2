"""What chosen windows and unlabelled windows add, beside a pre-training and without."""

from collections.abc import Sequence
from dataclasses import replace

from ..visualization.page import Table
from .choice import RANDOM
from .configs import learns_from_unlabelled
from .definition import Method, Study
from .gain import gain_text, paired_gain, unpaired_gain
from .results import (
    MARK,
    NOTE,
    Result,
    arm_name,
    arms,
    mean_and_std,
    score_text,
    scores_of,
    unconverged,
)

SCORE = 'Kappa'
LABELS, BOTH = 'labels alone', 'and unlabelled windows'


def addition_tables(
    study: Study, results: Sequence[Result], fraction: float
) -> list[Table]:
    """Gains of each choice and segmentor; all their combinations with the starts.

    None where every method has the study's own segmentor and random draws alone.
    """
    choices = dict.fromkeys(r.choice for r in results if r.fraction == fraction)
    semi = [m for m in study.methods.values() if learns_from_unlabelled(m)]
    if not semi and set(choices) <= {RANDOM}:
        return []
    tables = [combination_table(study, results, fraction, list(choices))]
    if study.baseline is not None:
        tables.insert(0, effect_table(study, results, fraction))
    return tables


def effect_table(study: Study, results: Sequence[Result], fraction: float) -> Table:
    """Mean and spread of each arm, gains over Random and over its start alone.

    Both stand on random draws with the study's own segmentor. On the same draws a gain
    is paired, else each side's spread counts.
    """
    rows = []
    for name, method, choice in arms(study, results):
        scores = scores_of(results, name, fraction, SCORE)
        if not scores:
            continue
        mean, spread = mean_and_std(list(scores.values()))
        mark = MARK * unconverged(results, name, fraction)
        row = [name, f'{mean:.2f}{mark}', '' if spread != spread else f'{spread:.2f}']
        gain = paired_gain if choice == RANDOM else unpaired_gain
        alone = _alone(study, study.methods[method])
        for other, same in ((study.baseline, False), (alone, True)):
            text = ''
            if other is not None and other != name:
                base = scores_of(results, other, fraction, SCORE)
                text = gain_text(gain(scores, base, same))
            row.append(text)
        rows.append(row)
    title = (
        f'{SCORE} at {100 * fraction:g} % of the labels: spread, and gain over '
        f'{study.baseline} and over the same start alone, both on random draws'
    )
    title += NOTE * any(row[1].endswith(MARK) for row in rows)
    head = ['method', 'mean', 'spread', f'over {study.baseline}', 'over start alone']
    return Table(title, head, rows)


def combination_table(
    study: Study, results: Sequence[Result], fraction: float, choices: Sequence[str]
) -> Table:
    """Each start with labels alone or unlabelled windows too, on each kind of draws."""
    starts: dict[str, dict[str, str]] = {}
    for method in study.methods.values():
        semi = learns_from_unlabelled(method)
        if method.segmentor is None or semi:
            start = _alone(study, method) or method.name
            starts.setdefault(start, {}).setdefault(
                BOTH if semi else LABELS, method.name
            )
    kinds = [kind for kind in (LABELS, BOTH) if any(kind in s for s in starts.values())]
    rows = []
    for start, methods in starts.items():
        row = [start]
        for choice in choices:
            for kind in kinds:
                name = arm_name(methods.get(kind, ''), choice)
                text = score_text(scores_of(results, name, fraction, SCORE))
                row.append(text + MARK * unconverged(results, name, fraction))
        rows.append(row)
    head = ['start', *(f'{choice}, {kind}' for choice in choices for kind in kinds)]
    title = f'{SCORE} at {100 * fraction:g} % of the labels: every combination'
    title += NOTE * any(text.endswith(MARK) for row in rows for text in row)
    return Table(title, head, rows)


def _alone(study: Study, method: Method) -> str | None:
    """The method of the same start with the study's own segmentor."""
    start = _start(method)
    same = (m for m in study.methods.values() if m.segmentor is None)
    return next((m.name for m in same if _start(m) == start), None)


def _start(method: Method) -> Method:
    return replace(method, name='', segmentor=None, finetuning={})
