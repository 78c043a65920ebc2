"""Configs of the runs of a study: a method's own config on the study's data."""

import copy
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from mmengine.config import Config, ConfigDict

from ..config import read_config
from ..datasets.old_spelling import old_spelling
from ..errors import UserError
from .data import data_facts, data_mark, pipeline_of, sampled, with_pipeline
from .definition import Budget, Method, Study, locate
from .folder import part_paths
from .iterations import set_iterations
from .switches import budget_of, changes_of, set_early_stop, set_switches

# What the paper does with images of 8 bits; others need the study's own figures.
BYTE_SCALE = dict(mean=127.5, std=79.6875, value_range=(0, 255))
PHOTOMETRIC = ('MakeViews', 'AugmentWindow', 'StrongViews')


def pretraining_config(study: Study, method: Method, seed: int | None = None) -> Config:
    """The pre-training of a method, without folders of its own.

    Args:
        study: The study.
        method: One of its methods.
        seed: Of weights and samples; None for that of the config.
    """
    budget = study.pretraining
    assert method.config is not None and budget is not None
    config = _read(method.config)
    data = ConfigDict(method.data or study.data.unlabelled)
    if 'decode_head' in config.model:
        _set_classes(config.model, data)
    if method.amount is not None:
        listed = str(amount_path(study, method, method.amount))
        data = sampled(data, num_windows=None, windows_file=listed)
    _fit(config, study, data, budget)
    if method.weights:
        # What two streams start from is not a setting of the segmentor's stream.
        start = dict(level=method.start_level, style=method.style, stream=None)
        _start_from(config, method, locate(method.weights), start)
    config.merge_from_dict(dict(budget.options))
    config.merge_from_dict(dict(method.options))
    if seed is not None:
        config.randomness.seed = seed
    return config


def finetuning_config(
    study: Study, method: Method, windows: str, seed: int, checkpoint: str | None
) -> Config:
    """The fine-tuning of a method on one draw of labels.

    Args:
        study: The study.
        method: One of its methods.
        windows: File of the labelled windows.
        seed: Of weights and samples.
        checkpoint: What to start from, if anything.
    """
    segmentor = method.segmentor or study.finetuning.config
    config = _read(segmentor)
    _set_classes(config.model, study.data.labelled)
    _start_at_random(config, segmentor)
    data = sampled(study.data.labelled, windows_file=windows)
    further = _unlabelled(config, study, data, segmentor)
    _fit(config, study, data, study.finetuning)
    if further is not None:
        dataset = config.train_dataloader.dataset
        _set_value_range(
            further, study.data.get('value_range', BYTE_SCALE['value_range'])
        )
        config.train_dataloader.dataset = ConfigDict(
            type='LabelledAndUnlabelled', datasets=[dataset, further]
        )
    loader = config.test_dataloader
    loader.dataset = with_pipeline(study.data.test, pipeline_of(loader.dataset))
    config.test_cfg = dict(type='TestLoop')
    config.test_evaluator = dict(type='ConfusionMatrixMetric')
    config.merge_from_dict(dict(randomness=dict(seed=seed)))
    if checkpoint is not None:
        # A pre-training of the study has the names of this package.
        style = 'auto' if method.config and method.weights else method.style
        start = dict(level=method.level, style=style, stream=method.stream)
        _start_from(config, method, checkpoint, start)
    budget = budget_of(study, method)
    set_switches(config, method, budget, checkpoint is not None)
    if budget.early_stopping is not None:
        set_early_stop(config, study, part_paths(windows, budget.early_stopping))
    config.merge_from_dict(dict(study.finetuning.options))
    config.merge_from_dict(changes_of(method))
    return config


def _unlabelled(
    config: Config, study: Study, data: Mapping, path: str
) -> ConfigDict | None:
    """What a segmentor that learns from unlabelled windows too gets of them."""
    dataset = config.train_dataloader.dataset
    if dataset.get('type') != 'LabelledAndUnlabelled':
        return None
    if not study.data.get('unlabelled'):
        raise UserError(
            f'{study.path}: {path} learns from unlabelled windows, but "data" names '
            f'nothing "unlabelled".'
        )
    if study.finetuning.batch_size % 4:
        raise UserError(
            f'{study.path}: {path} learns from pairs of labelled and unlabelled '
            f'windows, so the batch_size of "finetuning" must be a multiple of 4.'
        )
    # They share batches with the labelled ones, so they are as large.
    given = dict(study.data.unlabelled, window=data['window'])
    return with_pipeline(given, pipeline_of(dataset.datasets[1]))


def learns_from_unlabelled(method: Method) -> bool:
    """Whether a method's own segmentor gets unlabelled windows beside the labels."""
    if method.segmentor is None:
        return False
    data = _parsed(locate(method.segmentor)).train_dataloader.dataset
    return data.get('type') == 'LabelledAndUnlabelled'


def settings_text(study: Study, config: Config) -> str:
    """All settings of a run as text, one a line, in a fixed order.

    Paths in the study's folder are told from there, for it may be moved; data sets
    are spelt the old way, so that earlier results stay valid.
    """
    content = old_spelling(config.to_dict())
    text = json.dumps(content, indent=1, sort_keys=True, default=str)
    return text.replace(f'{study.work_dir.as_posix()}/', '')


def amount_path(study: Study, method: Method, share: float) -> Path:
    """Where the windows of a share of the unlabelled data are listed."""
    data = sampled(method.data or study.data.unlabelled, num_windows=None)
    return study.folder.amount(share, data_mark(data))


@lru_cache(maxsize=64)
def _parsed(path: str) -> Config:
    return read_config(path)


def _read(path: str) -> Config:
    config = copy.deepcopy(_parsed(locate(path)))
    # The last weights count: validation would choose by labels that nobody has.
    for key in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        config.pop(key, None)
    # mmengine would go on from that file instead of the run's own checkpoint.
    config.load_from = None
    if config.get('randomness', {}).get('seed') is None:
        config.randomness = dict(seed=0)
    config.launcher = 'none'
    return config


def _fit(config: Config, study: Study, data: ConfigDict, budget: Budget) -> None:
    """Puts the study's data and budget into a config."""
    loader = config.train_dataloader
    loader.dataset = with_pipeline(data, pipeline_of(loader.dataset))
    loader.batch_size = budget.batch_size
    set_iterations(config, budget.iterations)
    read = pipeline_of(loader.dataset)[0]
    bands = data_facts(with_pipeline(data, [read])).bands
    # The figures are those of the bands that the data set itself reads.
    chosen = None if 'pipeline' in data or 'datasets' in data else read.get('bands')
    model = config.model
    if 'bands' not in model.backbone:
        model.backbone.in_channels = bands
    # Heads that paint images, and backbones that are widened; one with two streams has
    # a list for each.
    for part in model.values():
        if isinstance(part, dict) and isinstance(part.get('bands'), int):
            part['bands'] = bands
    for key in ('mean', 'std'):
        values = study.data.get(key, BYTE_SCALE[key])
        model.data_preprocessor[key] = _of_bands(values, chosen)
    value_range = study.data.get('value_range', BYTE_SCALE['value_range'])
    limits = tuple(_of_bands(limit, chosen) for limit in value_range)
    _set_value_range(loader.dataset, limits)
    # TensorBoard files of a hundred runs serve nobody; the scalars stay.
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]


def _of_bands(
    values: float | Sequence[float], bands: Sequence[int] | None
) -> float | Sequence[float]:
    """Figures of the data's bands for those that a method reads."""
    if isinstance(values, int | float) or not bands:
        return values
    return [values[band - 1] for band in bands]


def _set_classes(model: ConfigDict, data: Mapping) -> None:
    """Gives every head of a segmentor the number of classes of a data set."""
    for name in ('decode_head', 'auxiliary_head'):
        heads = model.get(name) or []
        for head in heads if isinstance(heads, list) else [heads]:
            head.num_classes = len(data_facts(data).classes)


def _start_at_random(config: Config, path: str) -> None:
    """Takes away a start of the fine-tuning config's own; the method brings one."""
    hooks = config.get('custom_hooks', [])
    config.custom_hooks = [h for h in hooks if h['type'] != 'LoadPretrainedHook']
    model = config.model
    starts = [
        model.get('pretrained'),
        *(part.get('init_cfg') for part in (model, model.backbone)),
        *(p.get('init_cfg') for p in model.backbone.values() if isinstance(p, Mapping)),
    ]
    for start in starts:
        if isinstance(start, str) or (start and 'Pretrained' in str(start)):
            raise UserError(
                f'{path} starts from weights ({start}), so no method of a study could '
                f'start at random; remove them there and make them a method.'
            )


def _start_from(
    config: Config, method: Method, checkpoint: str, settings: Mapping
) -> None:
    """Makes a run start from a checkpoint, and from that alone."""
    hook = dict(
        type='LoadPretrainedHook',
        checkpoint=checkpoint,
        inflate_stem=method.inflate_stem,
        **settings,
    )
    hooks = config.get('custom_hooks', [])
    hooks = [h for h in hooks if h['type'] != 'LoadPretrainedHook']
    config.custom_hooks = [*hooks, hook]


def _set_value_range(
    node: object, value_range: Sequence[float | Sequence[float]]
) -> None:
    """Sets it in every photometric step of nested dicts and lists."""
    if isinstance(node, dict):
        if node.get('type') in PHOTOMETRIC:
            node['value_range'] = value_range
        for item in node.values():
            _set_value_range(item, value_range)
    elif isinstance(node, list | tuple):
        for item in node:
            _set_value_range(item, value_range)
