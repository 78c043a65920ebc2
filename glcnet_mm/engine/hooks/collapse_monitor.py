"""Warnings while a contrastive run is still cheap to stop."""

import math

from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ...errors import NotFiniteError

# Spread under which embeddings count as collapsed.
MIN_STD = 0.1


@HOOKS.register_module()
class CollapseMonitorHook(Hook):
    """Watches the spread of embeddings and the loss.

    Reads the ``*_std`` values of the model's output: about 1 when embeddings spread
    over the sphere, 0 when all are equal.

    Args:
        interval: Iterations between two looks; each waits for the device once.
        patience: Looks in turn before a warning.
    """

    def __init__(self, interval: int = 50, patience: int = 3) -> None:
        self.interval, self.patience = interval, patience
        self.low: dict[str, int] = {}

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Looks; see the class.

        Raises:
            NotFiniteError: The loss is no longer finite, here or in another process.
        """
        if not outputs or not self.every_n_train_iters(runner, self.interval):
            return
        # The sum is not finite where that of any process is not, so all end together.
        loss = outputs['loss'].detach().clone()
        all_reduce(loss, 'sum')
        if not math.isfinite(loss.item()):
            raise NotFiniteError(
                f'The loss is {loss.item()} at iteration {runner.iter + 1}; lower '
                f'the learning rate or look for extreme pixel values.'
            )
        for name, value in outputs.items():
            if name.endswith('_std'):
                self._watch(runner, name, float(value))

    def _watch(self, runner: Runner, name: str, std: float) -> None:
        # NaN compares as neither, and counts as collapsed.
        self.low[name] = 0 if std >= MIN_STD else self.low.get(name, 0) + 1
        if self.low[name] == self.patience:
            runner.logger.warning(
                f'{name} has been under {MIN_STD} for {self.patience} looks '
                f'(now {std:.3f}): the embeddings collapse; lower the learning rate, '
                f'enlarge the batch or strengthen the augmentation.'
            )
