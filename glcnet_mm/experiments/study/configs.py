"""Configs of the runs of a study: a method's own config on the study's data."""

import copy
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from mmengine.config import Config, ConfigDict

from ...models.weights import CLASSIFIER, parts_of_level
from .data import data_facts, with_pipeline
from .definition import Budget, Method, Study, locate

SAVES = 5


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
    config.launcher = 'none'
    loop = config.train_cfg
    if loop.get('type') != 'IterBasedTrainLoop':
        raise ValueError(
            f'{path} counts epochs, but a study gives every method the same number of '
            f'iterations; use a schedule of configs/_base_/schedules/*_iterations.py.'
        )
    return config


def _fit(config: Config, study: Study, data: ConfigDict, budget: Budget) -> None:
    """Puts the study's data and budget into a config."""
    loader = config.train_dataloader
    loader.dataset = with_pipeline(data, loader.dataset.pipeline)
    loader.batch_size = budget.batch_size
    _set_iterations(config, budget.iterations)
    bands = data_facts(data).bands
    model = config.model
    model.backbone['bands' if 'bands' in model.backbone else 'in_channels'] = bands
    if 'bands' in (model.get('head') or {}):
        model.head.bands = bands
    for key in ('mean', 'std'):
        if study.data.get(key) is not None:
            model.data_preprocessor[key] = study.data[key]
    if study.data.get('value_range') is not None:
        _replace(loader.dataset, 'value_range', study.data.value_range)
    # TensorBoard files of a hundred runs serve nobody; the scalars stay.
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]


def _set_iterations(config: Config, iterations: int) -> None:
    before = config.train_cfg.max_iters
    config.train_cfg.max_iters = iterations
    schedulers = config.param_scheduler
    for scheduler in schedulers if isinstance(schedulers, list) else [schedulers]:
        for key in ('T_max', 'end'):
            if scheduler.get(key) == before:
                scheduler[key] = iterations
    saving = config.default_hooks.checkpoint
    saving.interval = max(1, min(saving.interval, -(-iterations // SAVES)))
    saving.max_keep_ckpts = 1


def _slow_down(config: Config, method: Method, factor: float) -> None:
    if factor == 1:
        return
    keys = {part: dict(lr_mult=factor) for part in parts_of_level(method.level)}
    keys[CLASSIFIER] = dict(lr_mult=1.0)
    config.optim_wrapper.merge(dict(paramwise_cfg=dict(custom_keys=keys)))


def _replace(node: object, key: str, value: object) -> None:
    """Sets ``key`` wherever it is found in nested dicts and lists."""
    if isinstance(node, Mapping):
        for name in node:
            if name == key:
                node[name] = value
            else:
                _replace(node[name], key, value)
    elif isinstance(node, list | tuple):
        for item in node:
            _replace(item, key, value)
