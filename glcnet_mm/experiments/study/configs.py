"""Configs of the runs of a study: a method's own config on the study's data."""

import copy
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from mmengine.config import Config, ConfigDict

from ...models.weights import CLASSIFIER, parts_of_level
from .data import data_facts, with_pipeline
from .definition import Budget, Method, Study, locate
from .iterations import set_iterations

# What the paper does with images of 8 bits; others need the study's own figures.
BYTE_SCALE = dict(mean=127.5, std=79.6875, value_range=(0, 255))
PHOTOMETRIC = ('MakeViews', 'AugmentWindow')


def pretraining_config(study: Study, method: Method) -> Config:
    """The pre-training of a method, without folders of its own."""
    config = _read(method.config)
    data = ConfigDict(method.data or study.data.unlabelled)
    if 'decode_head' in config.model:
        config.model.decode_head.num_classes = data_facts(data).classes
    if method.amount is not None:
        data.num_windows = None
        data.windows_file = str(amount_path(study, method))
    _fit(config, study, data, study.pretraining)
    config.merge_from_dict(dict(study.pretraining.options))
    config.merge_from_dict(dict(method.options))
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
    config = _read(study.finetuning.config)
    config.model.decode_head.num_classes = data_facts(study.data.labelled).classes
    data = ConfigDict(dict(study.data.labelled, windows_file=windows))
    _fit(config, study, data, study.finetuning)
    loader = config.test_dataloader
    loader.dataset = with_pipeline(study.data.test, loader.dataset.pipeline)
    config.merge_from_dict(dict(randomness=dict(seed=seed)))
    if checkpoint is not None:
        hook = dict(
            type='LoadPretrainedHook',
            checkpoint=checkpoint,
            level=method.level,
            style=method.style,
            inflate_stem=method.inflate_stem,
        )
        config.custom_hooks = [*config.get('custom_hooks', []), hook]
        _slow_down(config, method, study.finetuning.pretrained_lr)
    config.merge_from_dict(dict(study.finetuning.options))
    config.merge_from_dict(dict(method.finetuning))
    return config


def settings_text(study: Study, config: Config) -> str:
    """All settings of a run as text, one a line, in a fixed order.

    Paths in the study's folder are told from there, for it may be moved.
    """
    text = json.dumps(config.to_dict(), indent=1, sort_keys=True, default=str)
    return text.replace(f'{study.work_dir.as_posix()}/', '')


def amount_path(study: Study, method: Method) -> Path:
    """Where the windows of a share of the unlabelled data are listed."""
    return study.work_dir / 'splits' / f'unlabelled_{100 * method.amount:g}pct.tsv'


@lru_cache(maxsize=64)
def _parsed(path: str) -> Config:
    return Config.fromfile(path)


def _read(path: str) -> Config:
    config = copy.deepcopy(_parsed(locate(path)))
    # The last weights count: validation would choose by labels that nobody has.
    for key in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        config.pop(key, None)
    config.launcher = 'none'
    return config


def _fit(config: Config, study: Study, data: ConfigDict, budget: Budget) -> None:
    """Puts the study's data and budget into a config."""
    loader = config.train_dataloader
    loader.dataset = with_pipeline(data, loader.dataset.pipeline)
    loader.batch_size = budget.batch_size
    set_iterations(config, budget.iterations)
    bands = data_facts(data).bands
    model = config.model
    model.backbone['bands' if 'bands' in model.backbone else 'in_channels'] = bands
    if 'bands' in (model.get('head') or {}):
        model.head.bands = bands
    for key in ('mean', 'std'):
        model.data_preprocessor[key] = study.data.get(key, BYTE_SCALE[key])
    value_range = study.data.get('value_range', BYTE_SCALE['value_range'])
    _set_value_range(loader.dataset, value_range)
    # TensorBoard files of a hundred runs serve nobody; the scalars stay.
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]


def _slow_down(config: Config, method: Method, factor: float) -> None:
    if factor == 1:
        return
    keys = {part: dict(lr_mult=factor) for part in parts_of_level(method.level)}
    keys[CLASSIFIER] = dict(lr_mult=1.0)
    config.optim_wrapper.merge(dict(paramwise_cfg=dict(custom_keys=keys)))


def _set_value_range(node: object, value_range: Sequence[float]) -> None:
    """Sets it in every photometric step of nested dicts and lists."""
    if isinstance(node, Mapping):
        if node.get('type') in PHOTOMETRIC:
            node['value_range'] = value_range
        for item in node.values():
            _set_value_range(item, value_range)
    elif isinstance(node, list | tuple):
        for item in node:
            _set_value_range(item, value_range)
