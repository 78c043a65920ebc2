"""The weights of the epoch whose mean training loss was lowest."""

import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import EpochBasedTrainLoop, Runner

from ...errors import UserError
from .save_weights import save_weights

BEST = 'lowest_loss'


@HOOKS.register_module()
class LowestLossHook(Hook):
    """Keeps ``lowest_loss.pth``, which the GLCNet paper fine-tunes from.

    The loss of an epoch is its mean over iterations and processes; the authors' code
    looks at the first process alone. A resumed run knows the lowest so far.
    """

    def before_train(self, runner: Runner) -> None:
        """Refuses a run that has no epochs.

        Raises:
            UserError: The run counts iterations, so there is no epoch to compare.
        """
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            raise UserError(
                'LowestLossHook compares epochs, but train_cfg counts iterations: use '
                'EpochBasedTrainLoop or leave the hook out.'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Begins a mean."""
        self.losses: list[torch.Tensor] = []

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: dict,
    ) -> None:
        """Adds a loss to the mean, which stays on the device."""
        self.losses.append(outputs['loss'].detach())

    def after_train_epoch(self, runner: Runner) -> None:
        """Saves the weights if the epoch's loss is the lowest so far."""
        mean = torch.stack(self.losses).mean()
        all_reduce(mean, 'mean')
        lowest = runner.message_hub.runtime_info.get(BEST, float('inf'))
        if mean.item() < lowest:
            runner.message_hub.update_info(BEST, mean.item())
            save_weights(runner, f'{BEST}.pth', by_epoch=True)
