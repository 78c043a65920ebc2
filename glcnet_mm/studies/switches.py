"""Ways to fine-tune without losing what was learnt, as settings of a study."""

from dataclasses import replace

from mmengine.config import Config

from ..models.weights.levels import CLASSIFIER, parts_of_level
from .data import pipeline_of, sampled, with_pipeline
from .definition import Budget, Method, Study
from .switch_limits import SWITCHES

# Of an early stopping: validations in a whole training, and how many of them in turn
# may bring nothing.
VALIDATIONS = 20
PATIENCE = 10


def budget_of(study: Study, method: Method) -> Budget:
    """The fine-tuning's settings with a method's own switches."""
    own = {name: method.finetuning[name] for name in SWITCHES & set(method.finetuning)}
    return replace(study.finetuning, **own)


def changes_of(method: Method) -> dict:
    """A method's changes to the fine-tuning config; switches are none."""
    return {k: v for k, v in method.finetuning.items() if k not in SWITCHES}


def set_switches(config: Config, method: Method, budget: Budget, starts: bool) -> None:
    """Puts the switches of a fine-tuning into its config.

    Args:
        config: With the study's data and budget.
        method: Whose level tells what was loaded.
        budget: Of ``budget_of``.
        starts: Whether anything was loaded; what protects it is left out otherwise.
    """
    if budget.lr is not None:
        config.optim_wrapper.optimizer.lr = budget.lr
    if budget.ema is not None:
        _add_hook(config, type='WeightAverageHook', momentum=budget.ema)
    if not starts:
        return
    parts = parts_of_level(method.level)
    if budget.pretrained_lr != 1:
        keys = {part: dict(lr_mult=budget.pretrained_lr) for part in parts}
        keys[CLASSIFIER] = dict(lr_mult=1.0)
        config.optim_wrapper.merge(dict(paramwise_cfg=dict(custom_keys=keys)))
    if budget.layer_decay is not None:
        decay = dict(layer_decay=budget.layer_decay, level=method.level)
        config.optim_wrapper.merge(
            dict(constructor='LayerDecayConstructor', paramwise_cfg=decay)
        )
    if budget.l2_sp is not None:
        _add_hook(config, type='L2SPHook', strength=budget.l2_sp, level=method.level)
    if budget.head_first is not None:
        iterations = budget.head_first
        _add_hook(
            config, type='HeadFirstHook', iterations=iterations, level=method.level
        )


def set_early_stop(config: Config, study: Study, parts: tuple[str, str]) -> None:
    """Validates on a part of the labelled windows and ends with the best weights.

    Args:
        config: With the study's data and budget.
        study: The study.
        parts: Windows files to train and to validate on.
    """
    train, val = parts
    data = config.train_dataloader.dataset
    if 'datasets' in data:
        # Of labelled and unlabelled windows, the labelled come first.
        data.datasets[0] = sampled(data.datasets[0], windows_file=train)
    else:
        config.train_dataloader.dataset = sampled(data, windows_file=train)
    loader = config.test_dataloader
    data = sampled(study.data.labelled, windows_file=val)
    config.val_dataloader = dict(
        loader, dataset=with_pipeline(data, pipeline_of(loader.dataset))
    )
    config.val_cfg = dict(type='ValLoop')
    config.val_evaluator = dict(type='ConfusionMatrixMetric')
    iterations = config.train_cfg.max_iters
    config.train_cfg.val_interval = max(1, iterations // VALIDATIONS)
    _add_hook(config, type='EarlyStopHook', patience=PATIENCE)


def _add_hook(config: Config, **hook: object) -> None:
    config.custom_hooks = [*config.get('custom_hooks', []), hook]
