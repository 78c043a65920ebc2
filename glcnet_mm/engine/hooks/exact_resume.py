"""A resumed run that ends with the weights of an uninterrupted one."""

import random

import numpy as np
import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ...models.bare_model import bare_model
from ..run_settings import (
    changed_settings,
    describe_changes,
    refuse_changes,
    refuse_other_model,
    run_settings,
)


@HOOKS.register_module()
class ExactResumeHook(Hook):
    """Seeds the global generators before every iteration.

    What a model draws (dropout, stochastic depth) is then a function of seed,
    iteration and process. Nothing needs to be stored, any iteration can be resumed
    from, and neither logging nor validation can shift the stream. The data is drawn
    per sample; see ``PerSampleSampler``.
    """

    priority = 'VERY_HIGH'
    _settings: dict[str, str] | None = None

    def before_train(self, runner: Runner) -> None:
        """Lets the data follow the seed of the checkpoint."""
        sampler = runner.train_dataloader.sampler
        if getattr(sampler, 'seed', runner.seed) == runner.seed:
            return
        sampler.seed = runner.seed
        stream = getattr(runner.train_loop, 'dataloader_iterator', None)
        if stream is not None:
            # Older versions of mmengine have begun to read with the other seed.
            stream._iterator = iter(runner.train_dataloader)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Seeds; see the class."""
        sequence = np.random.SeedSequence([runner.seed, runner.iter, get_rank()])
        for_torch, for_numpy, for_python = sequence.generate_state(3, np.uint32)
        torch.manual_seed(int(for_torch))
        np.random.seed(for_numpy)
        random.seed(int(for_python))

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Notes what an exact resume depends on."""
        checkpoint['meta']['samples_per_step'] = _samples_per_step(runner)
        if self._settings is None:
            self._settings = run_settings(runner)
        checkpoint['meta']['settings'] = self._settings

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Names what has changed since a run that is resumed.

        Raises:
            UserError: The run cannot go on so.
        """
        if not runner._resume:
            return
        model = bare_model(runner.model)
        refuse_other_model(model, checkpoint['state_dict'])
        self._compare_settings(runner, checkpoint['meta'].get('settings') or {})
        before = checkpoint['meta'].get('samples_per_step')
        if before and list(before) != _samples_per_step(runner):
            runner.logger.warning(
                f'The checkpoint was trained on {before[0]} processes with '
                f'{before[1]} samples each, this run on '
                f'{" with ".join(map(str, _samples_per_step(runner)))}; the result '
                f'will differ from an uninterrupted run.'
            )

    def _compare_settings(self, runner: Runner, before: dict[str, str]) -> None:
        if not before:
            return  # of an earlier version
        now = run_settings(runner)
        changed = changed_settings(before, now)
        refuse_changes(before, now, changed)
        if changed:
            runner.logger.warning(
                f'The run is resumed with other settings, so that its result will '
                f'differ from an uninterrupted run:\n'
                f'{describe_changes(before, now, changed)}'
            )


def _samples_per_step(runner: Runner) -> list[int]:
    return [get_world_size(), runner.train_dataloader.batch_size]
