"""Giving a config a number of iterations, whatever it counts itself."""

from mmengine.config import Config

from ..errors import UserError

# Arguments of mmengine's schedulers that are counted in epochs or iterations.
COUNTED = (
    'begin', 'end', 'T_max', 'step_size', 'milestones', 'periods', 'total_steps'
)  # fmt: skip
# A stopped run repeats at most this share of its iterations.
SAVES = 5


def set_iterations(config: Config, iterations: int) -> None:
    """Makes a run last so many iterations; its learning-rate curve is stretched.

    Epochs become iterations: loop, sampler, schedulers, log and checkpoints.

    Raises:
        UserError: The config does not say how long it trains.
    """
    loop = config.train_cfg
    before = loop.get('max_iters') or loop.get('max_epochs')
    if not before:
        raise UserError(
            f'{config.filename}: train_cfg has neither max_iters nor max_epochs, so '
            f'its schedule cannot be fitted to a budget; add one.'
        )
    counts_epochs = 'max_epochs' in loop
    config.train_cfg = dict(
        type='IterBasedTrainLoop',
        max_iters=iterations,
        val_interval=loop.get('val_interval', 10**9),
    )
    schedulers = config.get('param_scheduler') or []
    for scheduler in schedulers if isinstance(schedulers, list) else [schedulers]:
        if scheduler.get('by_epoch', True) != counts_epochs:
            raise UserError(
                f'{config.filename}: the scheduler {scheduler["type"]} does not count '
                f'what the training loop counts, so its curve cannot be fitted to a '
                f'budget; set its by_epoch={counts_epochs}.'
            )
        _stretch(scheduler, iterations / before)
        scheduler.by_epoch = False
        scheduler.pop('convert_to_iter_based', None)
    if counts_epochs:
        config.train_cfg.val_interval = 10**9
        config.train_dataloader.sampler = dict(type='InfinitePerSampleSampler')
        config.log_processor = dict(config.get('log_processor', {}), by_epoch=False)
        config.default_hooks.logger.log_metric_by_epoch = False
    saving = config.default_hooks.checkpoint
    saving.update(
        by_epoch=False, interval=max(1, -(-iterations // SAVES)), max_keep_ckpts=1
    )


def _stretch(scheduler: dict, factor: float) -> None:
    for key in COUNTED:
        value = scheduler.get(key)
        if isinstance(value, list | tuple):
            scheduler[key] = [max(1, round(v * factor)) for v in value]
        elif value:
            scheduler[key] = max(1, round(value * factor))
    if scheduler['type'] == 'ExponentialLR':
        scheduler['gamma'] **= 1 / factor
