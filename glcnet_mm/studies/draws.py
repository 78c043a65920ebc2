"""Files a study draws before any run: labelled windows, and windows to show."""

import hashlib
import operator
from pathlib import Path

import numpy as np

from ..datasets.labels import IGNORE
from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..files import write_json, write_text
from ..reading import read_json, read_text
from ..splits.label_fractions import (
    class_shares,
    draw_unlabelled,
    draw_windows,
    write_windows,
)
from .configs import amount_path
from .data import build_dataset, data_mark, sampled
from .definition import Method, Study
from .folder import part_paths
from .switches import budget_of

# Test windows that are looked at when those to show are chosen.
CANDIDATES = 256
# The whole grid, or the listed windows.
WHOLE = dict(num_windows=None, windows_per_region=1)
LABELLED = (dict(type='LoadRaster'), dict(type='LoadLabel'))


def panel_numbers(study: Study) -> list[int]:
    """Numbers of the test windows to show, in rising order."""
    return _read_panels(study)[1]


def draw_splits(study: Study) -> None:
    """Draws what is random and not drawn yet; the same study draws the same.

    Of one seed, a small fraction is part of every larger one.

    Raises:
        UserError: A file there was drawn from other data.
    """
    data = labelled_grid(study)
    labelled = shares = None
    for fraction, seed in study.draws():
        path = study.folder.split(fraction, seed)
        remark = f'labelled windows {data_mark(data)}'
        remark += ', every class' * study.every_class
        if not is_drawn(path, remark):
            if labelled is None:
                labelled = build_dataset(data)
                shares = class_shares(labelled)
            windows = draw_windows(labelled, fraction, seed, study.every_class, shares)
            write_windows(str(path), windows, root_of(data), remark)
        put_aside(study, path, seed)
    for method in study.methods.values():
        if method.amount is not None:
            _draw_amount(study, method, method.amount)
    if study.panels:
        _draw_panels(study)


def labelled_grid(study: Study) -> dict:
    """The labelled data as the windows to draw from."""
    return sampled(study.data.labelled, **WHOLE)


def put_aside(study: Study, path: Path, seed: int) -> None:
    """Divides a draw for the methods that stop early on a share of it."""
    budgets = (budget_of(study, method) for method in study.methods.values())
    for share in dict.fromkeys(budget.early_stopping for budget in budgets):
        if share is not None:
            _divide(path, share, seed)


def _divide(path: Path, share: float, seed: int) -> None:
    """Divides a draw into windows to train and to validate on, at random."""
    head, *windows = read_text(path).splitlines()
    if len(windows) < 2:
        raise UserError(
            f'{path} lists {len(windows)} window, of which none can be put aside; '
            f'leave early_stopping out or label more.'
        )
    count = min(max(1, round(share * len(windows))), len(windows) - 1)
    order = np.random.default_rng(seed).permutation(len(windows))
    mark = hashlib.sha256('\n'.join([head, *windows]).encode()).hexdigest()[:12]
    parts = dict(without=order[count:], val=order[:count])
    for (name, chosen), file in zip(
        parts.items(), map(Path, part_paths(str(path), share)), strict=True
    ):
        remark = f'{name} of {path.name} {mark}'
        if not is_drawn(file, remark):
            lines = [windows[number] for number in sorted(chosen)]
            write_text(file, '\n'.join([f'# {remark}', *lines]) + '\n')


def _draw_amount(study: Study, method: Method, share: float) -> None:
    data = sampled(method.data or study.data.unlabelled, **WHOLE)
    path = amount_path(study, method, share)
    remark = f'unlabelled windows {data_mark(data)}'
    if not is_drawn(path, remark):
        windows = draw_unlabelled(build_dataset(data), share, seed=0)
        write_windows(str(path), windows, root_of(data), remark)


def _draw_panels(study: Study) -> None:
    mark = f'{data_mark(study.data.test)} {study.panels}'
    path = study.folder.panels
    if path.exists() and _read_panels(study)[0] == mark:
        return
    test = build_dataset(study.data.test, LABELLED)
    write_json(path, dict(mark=mark, numbers=choose_panels(test, study.panels)))


def _read_panels(study: Study) -> tuple[str, list[int]]:
    """What tells the data that the windows were chosen from, and their numbers."""

    def take(content: dict) -> tuple[str, list[int]]:
        numbers = [operator.index(number) for number in content['numbers']]
        if numbers != sorted({*numbers}) or min(numbers, default=0) < 0:
            raise UserError('the numbers of the windows do not rise from 0')
        return str(content['mark']), numbers

    path = study.folder.panels
    if not path.is_file():
        raise UserError(
            f'{path}, the windows to show, is missing; call the study again without '
            f'--report to have them chosen.'
        )
    return read_json(path, 'remove it to have the windows chosen again', take)


def choose_panels(test: WindowDataset, count: int) -> list[int]:
    """Numbers of the test windows that show most classes, from all over the set."""
    numbers = np.linspace(0, len(test) - 1, min(len(test), CANDIDATES)).astype(int)
    scored = []
    for number in numbers:
        labels = test[int(number)]['gt_seg_map']
        shares = np.bincount(labels.ravel(), minlength=IGNORE + 1)[:IGNORE]
        shares = shares[shares > 0] / labels.size
        # Entropy of the classes; what is ignored adds nothing.
        scored.append((-(shares * np.log(shares)).sum(), int(number)))
    groups = [g for g in np.array_split(np.arange(len(scored)), count) if len(g)]
    best = [max((scored[i] for i in group), key=lambda s: s[0])[1] for group in groups]
    return sorted(best)


def root_of(data: dict) -> str:
    """The folder that windows files name scenes from."""
    return data.get('data_root') or ''


def is_drawn(path: Path, remark: str) -> bool:
    """Whether a file of windows is there, with that remark as its first line.

    Raises:
        UserError: It was drawn from something else.
    """
    if not path.exists():
        return False
    if read_text(path).partition('\n')[0].strip() == f'# {remark}':
        return True
    raise UserError(
        f'{path} was drawn from other data than the study now names; give the study '
        f'another work_dir, or remove its old one.'
    )
