"""Ending a training when windows that were put aside say so."""

import math

from mmengine.hooks import EMAHook, Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import Tensor

from ...errors import UserError
from ...models.bare_model import bare_model
from .save_weights import save_weights


@HOOKS.register_module()
class EarlyStopHook(Hook):
    """Ends with the weights that score best on the validation set.

    Validate on labelled windows that are not trained on, never on the test set. Unlike
    mmengine's hook it goes on exactly after a resume, and the run itself ends with the
    best weights: they are tested, and written as ``best.pth``.

    Args:
        patience: Validations in turn without a better score that end the training.
        score: A score of ``val_evaluator``.
    """

    # Before an average of the weights makes way for the weights themselves.
    priority = 'ABOVE_NORMAL'

    def __init__(self, patience: int = 5, score: str = 'Kappa') -> None:
        if patience < 1:
            raise UserError(f'patience must be at least 1, got {patience}.')
        self.patience, self.score = patience, score
        self.best, self.waited = -math.inf, 0
        self.weights: dict[str, Tensor] | None = None
        self.owed = False

    def before_train(self, runner: Runner) -> None:
        """Checks what it goes by.

        Raises:
            UserError: There is no validation set, or it is the test set.
        """
        if runner.val_loop is None:
            raise UserError(
                'EarlyStopHook has nothing to go by: add val_dataloader, val_cfg and '
                'val_evaluator with labelled windows that are not trained on.'
            )
        test = runner.cfg.get('test_dataloader')
        if test and test['dataset'] == runner.cfg.val_dataloader['dataset']:
            raise UserError(
                'val_dataloader reads the test set, which must not choose weights; '
                'put aside a part of the labelled windows.'
            )
        loop = runner.train_loop
        by_epoch = isinstance(loop, EpochBasedTrainLoop)
        done, end = (runner.epoch, runner.max_epochs)
        if not by_epoch:
            done, end = (runner.iter, runner.max_iters)
        # The checkpoint of a step is written before its validation.
        self.owed = done > 0 and (done >= end or done % loop.val_interval == 0)

    def before_train_epoch(self, runner: Runner) -> None:
        """Makes up for a validation that a stop came before."""
        if self.owed:
            self.owed = False
            runner.val_loop.run()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Compares, and ends the training if it is time."""
        value = metrics[self.score]
        # An undefined score is no better than any.
        if value > self.best:
            self.best, self.waited = value, 0
            state = bare_model(runner.model).state_dict()
            self.weights = {name: v.detach().clone() for name, v in state.items()}
            return
        self.waited += 1
        if self.waited >= self.patience:
            runner.logger.info(
                f'{self.score} has not risen over {self.best:.2f} for {self.waited} '
                f'validations: the training ends at iteration {runner.iter}.'
            )
            runner.train_loop.stop_training = True

    def after_train(self, runner: Runner) -> None:
        """Puts the best weights in place of the last."""
        self.before_train_epoch(runner)
        if self.weights is None:
            return
        bare_model(runner.model).load_state_dict(self.weights)
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):
                hook.ema_model.module.load_state_dict(self.weights)
        # The file holds them once.
        self.weights = None
        save_weights(runner, 'best.pth', by_epoch=False)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keeps what a resumed run must know."""
        checkpoint['early_stop'] = dict(
            best=self.best, waited=self.waited, weights=self.weights
        )

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Takes it up again."""
        if runner._resume and 'early_stop' in checkpoint:
            state = checkpoint['early_stop']
            self.best, self.waited = state['best'], state['waited']
            self.weights = state['weights']
