"""What can be known to fail before any training time is spent."""

import logging
from collections.abc import Mapping

from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.registry import DATASETS, HOOKS, MODELS, DefaultScope
from torch import nn

from ..datasets.label_survey import absent_classes, check_labelled
from ..engine.hooks.dead_taps import dead_taps_published, find_dead_taps, read_samples
from ..errors import UserError
from ..models.dead_taps import advice
from ..models.weights.key_styles import translate
from ..models.weights.levels import fit_streams, load_level, match_level, parts_of_level
from .configs import BYTE_SCALE, finetuning_config, pretraining_config
from .data import DataFacts, build_dataset, data_facts
from .definition import Method, Study, locate
from .plan import Cell


def check_study(study: Study, cells: Mapping[str, Cell]) -> None:
    """Reads a sample of every data set, builds every model, matches their weights.

    Raises:
        MissingFileError: A raster, a label or weights are missing.
        UserError: Sets do not go together, a config does not build, or a pre-training
            does not fit the segmentor; or a network has weights that no window of its
            run ever reaches.
    """
    with DefaultScope.overwrite_default_scope('mmseg'):
        for method in study.methods.values():
            parts_of_level(method.level)
            parts_of_level(method.start_level)
        _check_data(study)
        needs: dict[str, str | None] = {}
        for cell in cells.values():
            if cell.kind == 'finetuning':
                needs.setdefault(cell.method.name, cell.needs)
        pretrained: dict[str | None, nn.Module] = {}
        # Further seeds change nothing that can fail here.
        for name in filter(None, dict.fromkeys(needs.values())):
            method = cells[name].method
            config = pretraining_config(study, method)
            pretrained[name] = _build(study, method, config)
            _check_step(study, method, config, pretrained[name])
            _check_weights(study, method, pretrained[name], method.start_level)
        fraction, seed = study.draws()[0]
        split = str(study.folder.split(fraction, seed))
        for number, method in enumerate(study.methods.values()):
            start = 'known later' if method.config or method.weights else None
            config = finetuning_config(study, method, split, seed, start)
            segmentor = _build(study, method, config, read=number == 0)
            _check_start(study, method, segmentor, pretrained.get(needs[method.name]))
            if number == 0 or method.segmentor or method.finetuning:
                _check_step(study, method, config, segmentor)


def _check_data(study: Study) -> None:
    path, data = study.path, study.data
    labelled, test = data_facts(data.labelled), data_facts(data.test)
    if not labelled.classes:
        raise UserError(f'{path}: the labelled data name no classes.')
    _check_labels(study)
    if labelled[:2] != test[:2]:
        raise UserError(
            f'{path}: the labelled data have {_in_words(labelled)}, the test data '
            f'{_in_words(test)}; they must agree.'
        )
    others = {
        m.name: m.data or data.unlabelled for m in study.methods.values() if m.config
    }
    facts = {'labelled': labelled, 'test': test}
    facts |= {f'the data of "{name}"': data_facts(d) for name, d in others.items()}
    missing = [key for key in BYTE_SCALE if data.get(key) is None]
    for name, fact in facts.items():
        if fact.dtype != 'uint8' and missing:
            raise UserError(
                f'{path}: {name}: the images are {fact.dtype}, so "data" needs '
                f'{", ".join(missing)}.'
            )
    for name in others:
        if study.methods[name].segmentor or study.methods[name].stream:
            continue  # which bands it learns from is compared with its own segmentor
        bands = facts[f'the data of "{name}"'].bands
        if bands != labelled.bands and not study.methods[name].inflate_stem:
            raise UserError(
                f'{path}: "{name}" learns from {bands} bands, the labelled data have '
                f'{labelled.bands}; choose equal bands or set inflate_stem=True.'
            )


def _check_labels(study: Study) -> None:
    """Refuses labels that are all ignored, and warns of classes that none shows."""
    dataset = build_dataset(study.data.labelled)
    for part in getattr(dataset, 'datasets', [dataset]):
        part = getattr(part, 'dataset', part)
        check_labelled(part)
        for absence in absent_classes(part):
            print_log(f'{study.path}: {absence.text}', 'current', logging.WARNING)


def _in_words(facts: DataFacts) -> str:
    return f'{facts.bands} bands and the classes {", ".join(facts.classes)}'


def _build(
    study: Study, method: Method, config: Config, read: bool = True
) -> nn.Module:
    """The model of a run, after its hooks and, if asked, a sample of its data."""
    if read:
        for name in ('train_dataloader', 'test_dataloader'):
            if name in config:
                DATASETS.build(config[name].dataset)[0]
    try:
        for hook in config.get('custom_hooks', []):
            HOOKS.build(dict(hook))
        return MODELS.build(config.model)
    except (TypeError, KeyError) as error:
        raise UserError(
            f'{study.path}: a model or a hook of "{method.name}" cannot be built '
            f'({error}); correct its config or options.'
        ) from error


def _check_step(study: Study, method: Method, config: Config, model: nn.Module) -> None:
    """Refuses a model whose training step fails or leaves weights without data."""
    where = f'{study.path}: "{method.name}"'
    try:
        found = find_dead_taps(model, read_samples(config.train_dataloader))
    except RuntimeError as error:
        raise UserError(
            f'{where}: a training step of the model fails ({error}); correct its '
            f'config or options.'
        ) from error
    if found and not dead_taps_published(config):
        raise UserError(f'{where}: {advice(found)}')


def _check_start(
    study: Study, method: Method, segmentor: nn.Module, pretrained: nn.Module | None
) -> None:
    """Refuses a start that would leave parts of its level at random."""
    where, level = f'{study.path}: "{method.name}"', method.level
    if method.weights and not method.config:
        _check_weights(study, method, segmentor, level, method.stream)
    elif pretrained is not None:
        named = translate(pretrained.state_dict(), 'mm', where).weights
        offered = fit_streams(segmentor, named, level, method.stream, where)
        found = match_level(segmentor, offered, level, method.inflate_stem, where)
        _check_match(where, level, found.missing, found.mismatched)


def _check_weights(
    study: Study,
    method: Method,
    model: nn.Module,
    level: str | tuple[str, ...],
    stream: str | None = None,
) -> None:
    if method.weights is None:
        return
    found = load_level(
        model, locate(method.weights), level, method.inflate_stem, method.style, stream
    )
    where = f'{study.path}: "{method.name}"'
    _check_match(where, level, found.missing, found.mismatched)


def _check_match(
    where: str,
    level: str | tuple[str, ...],
    missing: list[str],
    mismatched: list[str],
) -> None:
    # Old files lack the counters of batches, which nothing depends on.
    missing = [name for name in missing if not name.endswith('num_batches_tracked')]
    for what, names in (('lacks', missing), ('has another size of', mismatched)):
        if names:
            raise UserError(
                f'{where} {what} {len(names)} weights of the level {level}, the first '
                f'is {names[0]}; choose a level that it has, or models of one size.'
            )
