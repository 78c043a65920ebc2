"""All checks of settings, in the order in which a run can make them."""

import os
from collections.abc import Iterator, Mapping

from mmengine.registry import DATASETS
from mmengine.runner import Runner

from ..datasets.windows import WindowDataset
from ..errors import UserError
from .arguments import check_arguments
from .classes import check_classes
from .shared_ground import shared_ground
from .top_level import check_top_level


def check_config(config: Mapping) -> None:
    """Before anything is built.

    Raises:
        UserError: A setting is read by nobody.
    """
    check_top_level(config)
    check_arguments(config)


def check_training(runner: Runner) -> list[str]:
    """When model and training data are there, before the first iteration.

    Returns:
        Sentences on what is worth a look.

    Raises:
        UserError: The model does not fit the data.
    """
    loader = runner.train_dataloader
    parts = [
        part
        for part in getattr(loader.dataset, 'datasets', [loader.dataset])
        if isinstance(part, WindowDataset)
    ]
    notes = []
    for part in parts:
        check_classes(runner.model, part, 'train_dataloader.dataset')
    if parts and loader.num_workers == 0 and (os.cpu_count() or 1) > 1:
        notes.append(
            'train_dataloader.num_workers=0 reads windows and computes by turns: set '
            'num_workers=2 or more, persistent_workers=True, unless memory is short.'
        )
    for name, other in _held_out(runner):
        if isinstance(other, str):
            notes.append(f'{name} cannot be opened yet: {other}')
            continue
        check_classes(runner.model, other, f'{name}.dataset')
        notes += filter(None, (shared_ground(part, other) for part in parts))
    return list(dict.fromkeys(notes))


def check_test(runner: Runner) -> None:
    """When model and test data are there, before the first window.

    Raises:
        UserError: The model does not fit the data.
    """
    dataset = runner.test_dataloader.dataset
    if isinstance(dataset, WindowDataset):
        check_classes(runner.model, dataset, 'test_dataloader.dataset')


def _held_out(runner: Runner) -> Iterator[tuple[str, WindowDataset | str]]:
    """Data of validation and test with their readers only; or why there is none."""
    for name in ('val_dataloader', 'test_dataloader'):
        settings = (runner.cfg.get(name) or {}).get('dataset')
        if not isinstance(settings, Mapping) or not settings.get('pipeline'):
            continue
        reader = dict(settings, pipeline=settings['pipeline'][:1])
        try:
            dataset = DATASETS.build(reader)
        except UserError as error:
            yield name, str(error)
            continue
        if isinstance(dataset, WindowDataset):
            yield name, dataset
