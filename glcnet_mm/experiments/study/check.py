"""What can be known to fail before any training time is spent."""

from collections.abc import Mapping

from mmengine.registry import HOOKS, MODELS, DefaultScope

from ...models.weights import load_level, parts_of_level
from .configs import BYTE_SCALE, finetuning_config, pretraining_config
from .data import data_facts
from .definition import Study, locate
from .plan import Cell
from .splits import split_path


def check_study(study: Study, cells: Mapping[str, Cell]) -> None:
    """Opens every data set, builds every model and tries foreign weights.

    Raises:
        FileNotFoundError: A raster, a label or weights are missing.
        ValueError: Sets do not go together, or a config does not build.
    """
    with DefaultScope.overwrite_default_scope('mmseg'):
        _check(study, cells)


def _check(study: Study, cells: Mapping[str, Cell]) -> None:
    labelled, test = data_facts(study.data.labelled), data_facts(study.data.test)
    if labelled[:2] != test[:2]:
        raise ValueError(
            f'{study.path}: the labelled data have {labelled.bands} bands and '
            f'{labelled.classes} classes, the test data {test.bands} and '
            f'{test.classes}; they must agree.'
        )
    if not labelled.classes:
        raise ValueError(f'{study.path}: the labelled data name no classes.')
    missing = [key for key in BYTE_SCALE if study.data.get(key) is None]
    if labelled.dtype != 'uint8' and missing:
        raise ValueError(
            f'{study.path}: the images are {labelled.dtype}, so "data" needs '
            f'{", ".join(missing)}.'
        )
    for cell in cells.values():
        if cell.kind == 'pretraining':
            _check_pretraining(study, cell)
    for method in study.methods.values():
        parts_of_level(method.level)
        fraction, seed = study.draws()[0]
        split = str(split_path(study, fraction, seed))
        weights = method.weights and locate(method.weights)
        config = finetuning_config(
            study, method, split, seed, weights or 'checked later'
        )
        for hook in config.custom_hooks:
            HOOKS.build(dict(hook))
        if weights:
            model = MODELS.build(config.model)
            load_level(model, weights, method.level, method.inflate_stem, method.style)


def _check_pretraining(study: Study, cell: Cell) -> None:
    method = cell.method
    bands = data_facts(method.data or study.data.unlabelled).bands
    target = data_facts(study.data.labelled).bands
    if bands != target and not method.inflate_stem:
        raise ValueError(
            f'{study.path}: "{method.name}" learns from {bands} bands, the labelled '
            f'data have {target}; choose equal bands or set inflate_stem=True.'
        )
    config = pretraining_config(study, method)
    MODELS.build(config.model)
    for hook in config.custom_hooks:
        HOOKS.build(dict(hook))
