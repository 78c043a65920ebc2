"""What a study file says, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mmengine.config import ConfigDict

from ..config import read_config
from ..errors import MissingFileError, UserError
from ..shipped import shipped_file
from .choice import Choice, read_choices
from .data import SCALE_KEYS, read_stats
from .folder import StudyFolder
from .switch_limits import check_switches

DATA_KEYS = ('labelled', 'test', 'unlabelled', *SCALE_KEYS, 'stats')


@dataclass(frozen=True)
class Method:
    """One way to start the segmentor.

    Attributes:
        name: As the tables call it.
        config: Pre-training config; None starts from ``weights`` or at random.
        weights: Checkpoint from elsewhere: what the segmentor starts from, or, beside
            ``config``, what the pre-training starts from.
        start_level: What the pre-training takes of ``weights``; see ``load_level``.
        level: Loading level; see ``load_level``.
        style: How ``weights`` names its parts; see ``load_level``.
        inflate_stem: Convert the stem of ``weights`` to the number of bands.
        data: Data set of the pre-training instead of the study's unlabelled one; with
            labels for a supervised one.
        amount: Share in (0, 1] of the unlabelled grid windows to learn from, instead
            of windows drawn anywhere.
        options: Changes to the pre-training config, ``{'a.b': value}``.
        segmentor: Fine-tuning config of this method instead of the study's.
        stream: Of a pre-training or weights with two; see ``load_level``.
        finetuning: Changes to the fine-tuning config for this method alone.
        pretraining_seeds: One pre-training for each, instead of the study's.
    """

    name: str
    config: str | None = None
    weights: str | None = None
    start_level: str | tuple[str, ...] = 'backbone'
    level: str | tuple[str, ...] = 'encoder'
    style: str = 'auto'
    inflate_stem: bool = False
    data: Mapping | None = None
    amount: float | None = None
    options: Mapping = field(default_factory=dict)
    segmentor: str | None = None
    stream: str | None = None
    finetuning: Mapping = field(default_factory=dict)
    pretraining_seeds: Sequence[int] | None = None


@dataclass(frozen=True)
class Budget:
    """What every method may spend on one stage.

    Attributes:
        iterations: Of the optimiser.
        batch_size: Samples per iteration.
        config: Config of the stage; each pre-training has its own.
        options: Changes to the config, ``{'a.b': value}``.
        pretrained_lr: Factor on the learning rate of the loaded parts.
        lr: Learning rate of everything, instead of the config's.
        head_first: Iterations of the new parts alone; see ``HeadFirstHook``.
        layer_decay: See ``LayerDecayConstructor``.
        l2_sp: See ``L2SPHook``.
        ema: Momentum of ``WeightAverageHook``.
        early_stopping: Share of the labelled windows to validate on; see
            ``EarlyStopHook``.
    """

    iterations: int
    batch_size: int
    config: str = ''
    options: Mapping = field(default_factory=dict)
    pretrained_lr: float = 1.0
    lr: float | None = None
    head_first: int | None = None
    layer_decay: float | None = None
    l2_sp: float | None = None
    ema: float | None = None
    early_stopping: float | None = None


@dataclass(frozen=True)
class Study:
    """A study file, read and checked; see ``docs/studies.md``.

    ``seeds`` has one tuple per fraction, ``choices`` what is drawn beside random
    windows. Without ``pretraining_seeds`` a method
    pre-trains once, with the seed of its config.
    """

    path: str
    text: str
    data: ConfigDict
    methods: dict[str, Method]
    fractions: tuple[float, ...]
    seeds: tuple[tuple[int, ...], ...]
    pretraining: Budget | None
    finetuning: Budget
    baseline: str | None
    work_dir: Path
    panels: int
    keep_weights: bool
    every_class: bool
    pretraining_seeds: Sequence[int] | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def folder(self) -> StudyFolder:
        """Where everything of the study lies."""
        return StudyFolder(self.work_dir)

    def draws(self) -> list[tuple[float, int]]:
        """Fraction and seed of every random draw of labels, small fractions first."""
        pairs = zip(self.fractions, self.seeds, strict=True)
        return [(fraction, seed) for fraction, seeds in pairs for seed in seeds]

    def chosen_draws(self) -> list[tuple[float, int, Choice]]:
        """The same of what is chosen; all windows leave nothing to choose."""
        return [
            (fraction, seed, choice)
            for fraction, seeds in zip(self.fractions, self.seeds, strict=True)
            for choice in self.choices
            for seed in choice.seeds or seeds
            if fraction < 1
        ]

    def seeds_of(self, method: Method) -> Sequence[int] | None:
        """Seeds of a method's pre-trainings; None for that of its config."""
        if method.pretraining_seeds is not None:
            return method.pretraining_seeds
        return self.pretraining_seeds


def read_study(path: str | Path) -> Study:
    """Reads a study file.

    Raises:
        MissingFileError: The file, or a config or weights it names, does not exist.
        UserError: Something in it is missing, unknown or out of range.
    """
    path = str(path)
    config = read_config(path, what='study')
    data = _part(path, config, 'data', DATA_KEYS, required=DATA_KEYS[:2])
    read_stats(path, data)
    methods = {
        name: Method(
            **dict(_part(path, config.methods, name, _names(Method)[1:]), name=name)
        )
        for name in _part(path, config, 'methods')
    }
    pretrains = any(method.config for method in methods.values())
    common = ('iterations', 'batch_size', 'options')
    budgets = {
        stage: Budget(**_part(path, config, stage, known, ('iterations', 'batch_size')))
        for stage, known in (('pretraining', common), ('finetuning', _names(Budget)))
        if stage == 'finetuning' or pretrains
    }
    fractions = tuple(config.get('fractions', (0.01,)))
    study = Study(
        path=path,
        text=config.pretty_text,
        data=data,
        methods=methods,
        fractions=fractions,
        seeds=_seeds(path, config.get('seeds', (0, 1, 2)), len(fractions)),
        baseline=config.get('baseline', 'Random' if 'Random' in methods else None),
        work_dir=Path(config.get('work_dir') or f'work_dirs/{Path(path).stem}'),
        panels=config.get('panels', 4),
        keep_weights=config.get('keep_weights', False),
        every_class=config.get('every_class', False),
        pretraining_seeds=config.get('pretraining_seeds'),
        choices=read_choices(path, config.get('choices', ()), methods),
        pretraining=budgets.get('pretraining'),
        finetuning=budgets['finetuning'],
    )
    _check(study)
    return study


def locate(path: str) -> str:
    """A path as given, or what travels with the package by that name."""
    return path if Path(path).exists() else str(shipped_file(path))


def _seeds(path: str, seeds: Sequence[Any], count: int) -> tuple[tuple[int, ...], ...]:
    """One tuple of seeds per fraction, from one list for all or a list of lists."""
    if not any(isinstance(seed, list | tuple) for seed in seeds):
        return (tuple(seeds),) * count
    if len(seeds) != count:
        raise UserError(
            f'{path}: "seeds" has {len(seeds)} lists for {count} fractions; give one '
            f'list for all or one for each.'
        )
    return tuple(tuple(part) for part in seeds)


def _names(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _part(
    path: str,
    config: Mapping,
    name: str,
    known: tuple[str, ...] | None = None,
    required: tuple[str, ...] = (),
) -> dict:
    """A named dict of the study with none but known keys."""
    part = config.get(name)
    if not isinstance(part, dict):
        raise UserError(f'{path}: "{name}" must be given, as a dict.')
    unknown = [key for key in part if key not in (known or part)]
    if known and unknown:
        raise UserError(
            f'{path}: "{name}" has no setting "{unknown[0]}"; known are '
            f'{", ".join(known)}.'
        )
    for key in required:
        if part.get(key) is None:
            raise UserError(f'{path}: "{name}" needs "{key}".')
    return part


def _check(study: Study) -> None:
    path = study.path
    if not study.methods or not study.fractions:
        raise UserError(f'{path} needs at least one method and fraction.')
    if study.baseline is not None and study.baseline not in study.methods:
        raise UserError(f'{path}: the baseline "{study.baseline}" is no method.')
    if not study.finetuning.config:
        raise UserError(f'{path}: "finetuning" needs "config".')
    if list(study.fractions) != sorted(set(study.fractions)):
        raise UserError(f'{path}: "fractions" must rise.')
    for seeds in study.seeds:
        _check_seeds(path, '"seeds"', seeds)
    _check_seeds(path, '"pretraining_seeds"', study.pretraining_seeds)
    for choice in study.choices:
        _check_seeds(path, f'"seeds" of "{choice.name}"', choice.seeds)
    _check_shares(study)
    budget = study.finetuning
    check_switches(path, '"finetuning"', vars(budget), budget.iterations)
    for method in study.methods.values():
        _check_method(study, method)
    for name in (study.finetuning.config, *_files(study)):
        if not Path(locate(name)).is_file():
            raise MissingFileError(f'{path} names {name}, which does not exist.')


def _check_shares(study: Study) -> None:
    shares = [*study.fractions]
    shares += [m.amount for m in study.methods.values() if m.amount is not None]
    for share in shares:
        if not 0 < share <= 1:
            raise UserError(f'{study.path}: the share {share} is not in (0, 1].')


def _check_seeds(path: str, name: str, seeds: Sequence[int] | None) -> None:
    if seeds is None:
        return
    if not isinstance(seeds, list | tuple):
        raise UserError(f'{path}: {name} must be a list, got {seeds}.')
    if not seeds or len(set(seeds)) < len(seeds):
        raise UserError(f'{path}: {name} is empty or names one value twice.')


def _check_method(study: Study, method: Method) -> None:
    _check_seeds(
        study.path, f'"pretraining_seeds" of "{method.name}"', method.pretraining_seeds
    )
    if method.pretraining_seeds is not None and not method.config:
        raise UserError(
            f'{study.path}: "{method.name}" has pretraining_seeds but no config to '
            f'pre-train by; give it one, or leave them out.'
        )
    where = f'"finetuning" of "{method.name}"'
    iterations = study.finetuning.iterations
    check_switches(study.path, where, method.finetuning, iterations)
    if method.stream and not (method.config or method.weights):
        raise UserError(
            f'{study.path}: "{method.name}" names a stream of nothing; give a config '
            f'or weights, or leave it out.'
        )
    if method.config and not (method.data or study.data.get('unlabelled')):
        raise UserError(
            f'{study.path}: "{method.name}" pre-trains, but "data" names nothing '
            f'"unlabelled".'
        )
    data = method.data or study.data.get('unlabelled') or {}
    if method.amount is not None and 'datasets' in data:
        raise UserError(
            f'{study.path}: "{method.name}" takes an amount of a mixture; give the '
            f'amount of one data set only.'
        )


def _files(study: Study) -> list[str]:
    named = ((m.config, m.weights, m.segmentor) for m in study.methods.values())
    return [name for names in named for name in names if name]
