"""Draws of labelled windows that a study chooses by what is in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from mmengine.registry import DefaultScope

from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..selection.features import build_encoder, describe
from ..selection.ground import Ground
from ..selection.strategies import Pool, choose
from ..splits.label_fractions import (
    MIN_LABELLED_SHARE,
    class_shares,
    draw_numbers,
    name_windows,
    write_windows,
)
from .choice import Choice
from .configs import finetuning_config
from .data import LOAD, build_dataset, data_mark, pipeline_of
from .definition import Study, locate
from .draws import is_drawn, labelled_grid, put_aside, root_of
from .plan import Cell
from .runs import content_hash, file_hash, pretrained_checkpoint
from .scheduler import run_cells


class _Source(NamedTuple):
    """Weights that embed windows, none for statistics of bands, and their mark."""

    checkpoint: str | None
    mark: str


class _Candidates(NamedTuple):
    """The windows that random draws are of, as vectors."""

    dataset: WindowDataset
    shares: np.ndarray
    numbers: np.ndarray
    features: np.ndarray


def draw_chosen(study: Study, cells: Mapping[str, Cell]) -> None:
    """Chooses what is not chosen yet and can be; the same study chooses the same.

    A choice by a pre-training waits for it. Its windows are embedded once for all
    fractions and seeds, and as many are chosen as the random draws have.

    Raises:
        UserError: A file there was chosen from other data, or too few windows have
            ground of their own.
    """
    needs = {c.choice.name: c.choice_needs for c in cells.values() if c.choice}
    for choice in study.choices:
        source = _source(study, choice, needs.get(choice.name))
        if source is None:
            continue
        mark = f'{data_mark(labelled_grid(study))} {source.mark}'.strip()
        remark, candidates = f'{choice.name} {mark}', None
        for fraction, seed, of_draw in study.chosen_draws():
            if of_draw != choice:
                continue
            path = study.folder.split(fraction, seed, choice)
            if not is_drawn(path, remark):
                candidates = candidates or _candidates(study, choice, source)
                windows = _choose(candidates, choice, fraction, seed)
                root = root_of(study.data.labelled)
                write_windows(str(path), windows, root, remark)
            put_aside(study, path, seed)


def run_study(study: Study, cells: Mapping[str, Cell], jobs: int) -> dict[str, str]:
    """Runs what is not done; chosen draws come after what embeds their windows.

    Returns:
        Names of the failed cells and why.
    """
    first = {name: cell for name, cell in cells.items() if cell.choice is None}
    failed = run_cells(study, first, jobs)
    if len(first) == len(cells):
        return failed
    draw_chosen(study, cells)
    for name, cell in cells.items():
        for needed in {cell.needs, cell.choice_needs} & failed.keys():
            failed.setdefault(name, f'it needs {needed}, which failed')
    left = {name: cell for name, cell in cells.items() if name not in failed}
    return {**failed, **run_cells(study, left, jobs)}


def _source(study: Study, choice: Choice, needed: str | None) -> _Source | None:
    """What embeds the windows of a choice; None if it is not there yet."""
    if needed is not None:
        if not study.folder.run(needed).result.exists():
            return None
        mark = content_hash(study.folder.run(needed).settings)[:12]
        return _Source(pretrained_checkpoint(study, needed), mark)
    weights = study.methods[choice.by].weights if choice.by else None
    if weights is None:
        return _Source(None, '')
    return _Source(locate(weights), file_hash(locate(weights))[:12])


def _candidates(study: Study, choice: Choice, source: _Source) -> _Candidates:
    load: Sequence[dict] = (LOAD,)
    model = None
    if source.checkpoint is not None and choice.by is not None:
        method = study.methods[choice.by]
        # The segmentor's backbone, as a fine-tuning would start.
        config = finetuning_config(study, method, '', 0, None)
        load = pipeline_of(config.train_dataloader.dataset)[:1]
        style = 'auto' if method.config else method.style
        how = (method.inflate_stem, style, method.stream)
        with DefaultScope.overwrite_default_scope('mmseg'):
            model = build_encoder(config.model, source.checkpoint, 'backbone', *how)
    dataset = build_dataset(labelled_grid(study), load)
    shares = class_shares(dataset)
    numbers = np.flatnonzero(shares.sum(1) >= MIN_LABELLED_SHARE)
    places = [dataset.fixed_window(int(number)) for number in numbers]
    features = describe(dataset, places, model).features
    return _Candidates(dataset, shares, numbers, features)


def _choose(
    candidates: _Candidates, choice: Choice, fraction: float, seed: int
) -> list[tuple[str, int, int]]:
    """As many windows as a random draw of that share has."""
    dataset, shares, numbers, features = candidates
    places = [dataset.fixed_window(int(number)) for number in numbers]
    count = len(draw_numbers(shares, fraction, seed))
    scenes = np.array([scene for scene, _ in places])
    every = np.ones(len(places), bool)
    ground = Ground(dataset, places)
    pool = Pool(features, scenes, every, ground.shared, np.zeros(0, int))
    choose(pool, count, choice.strategy, seed)
    if len(pool.taken) < count:
        raise UserError(
            f'Only {len(pool.taken)} of {count} windows can be chosen by '
            f'"{choice.name}" without sharing ground; name smaller fractions, or a '
            f'stride of the labelled data that is no less than the window.'
        )
    return name_windows(dataset, numbers[pool.taken])
