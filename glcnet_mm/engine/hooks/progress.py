"""One line that says how far a run is."""

from collections.abc import Sequence
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from ...console.progress import Progress

# Iterations whose loss is averaged.
SMOOTHED = 20
LOSS = 'train/loss'


@HOOKS.register_module()
class ProgressHook(Hook):
    """Shows the iteration, the loss and the time left.

    A bar in a terminal, plain lines at growing intervals in a redirected log.
    """

    # After what may write a line of its own on the same iteration.
    priority = 'LOWEST'

    def __init__(self) -> None:
        self._shown: Progress | None = None

    def before_train(self, runner: Runner) -> None:
        """Begins with the iterations that a resumed run has done."""
        self._begin(runner.max_iters, 'iterations', runner.iter)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict | None = None,
    ) -> None:
        """Counts an iteration."""
        if self._shown is not None:
            self._shown.add(note=lambda: losses(runner))

    def before_test_epoch(self, runner: Runner) -> None:
        """Begins with the batches of a test."""
        self._begin(len(runner.test_dataloader), 'batches', 0)

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Counts a batch."""
        if self._shown is not None:
            self._shown.add()

    def _begin(self, total: int, unit: str, done: int) -> None:
        if is_main_process():
            self._shown = Progress(total, unit, done)


def losses(runner: Runner) -> str:
    """The loss and, of several, its parts: ``loss 5.3 (global 2.6, local 2.7)``."""
    scalars = runner.message_hub.log_scalars
    if LOSS not in scalars:
        return ''
    values = {
        name.removeprefix(f'{LOSS}_'): scalars[name].mean(SMOOTHED)
        for name in sorted(scalars)
        if name.startswith(f'{LOSS}_')
    }
    parts = ', '.join(f'{name} {_digits(value)}' for name, value in values.items())
    total = f'loss {_digits(scalars[LOSS].mean(SMOOTHED))}'
    return f'{total} ({parts})' if len(values) > 1 else total


def _digits(value: float) -> str:
    """Three digits, the last ones zero or not, so that lines are of equal width."""
    return f'{value:#.3g}'.rstrip('.')
