"""Weight decay towards the loaded weights instead of zero."""

from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor
from torch.optim import Optimizer

from ...errors import UserError
from ...models.bare_model import bare_model
from ..loaded_parts import loaded_parameters


@HOOKS.register_module()
class L2SPHook(Hook):
    """Draws what was loaded back to its start with every step.

    The penalty strength / 2 * |w - w0|^2 of L2-SP (Li et al., ICML 2018, arXiv
    1802.01483), decoupled from the gradient as AdamW does with its decay: w moves by
    lr * strength * (w0 - w) and then by the optimiser's step. For SGD this is the
    penalty itself; under Adam it would be lost in the scaling. The decay of the
    optimiser stays, for the new parts need it.

    Args:
        strength: Of the penalty.
        level: What is drawn back, as ``LoadPretrainedHook`` loads it.
    """

    # After whatever loads weights.
    priority = 'LOW'

    def __init__(self, strength: float, level: str | Sequence[str] = 'encoder') -> None:
        if strength <= 0:
            raise UserError(f'strength of L2SPHook must be positive, got {strength}.')
        self.strength, self.level = strength, level
        self.start: dict[str, Tensor] = {}
        self.start_of: dict[int, Tensor] = {}

    def before_train(self, runner: Runner) -> None:
        """Remembers the start, of a resumed run the first one.

        Raises:
            UserError: A run is resumed that began without this hook.
        """
        named = loaded_parameters(bare_model(runner.model), self.level)
        if runner.iter == 0:
            self.start = {name: p.detach().clone() for name, p in named.items()}
        if set(self.start) != set(named):
            raise UserError(
                'The checkpoint to resume from does not hold the weights that '
                'L2SPHook draws to; start anew, or without the hook.'
            )
        self.start = {n: v.to(named[n].device) for n, v in self.start.items()}
        self.start_of = {id(p): self.start[name] for name, p in named.items()}
        runner.optim_wrapper.optimizer.register_step_pre_hook(self._draw_back)

    @torch.no_grad()
    def _draw_back(self, optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
        for group in optimizer.param_groups:
            for parameter in group['params']:
                start = self.start_of.get(id(parameter))
                if start is not None and parameter.grad is not None:
                    parameter.lerp_(start, group['lr'] * self.strength)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keeps the start, for its file may be gone when the run is resumed."""
        checkpoint['l2_sp_start'] = self.start

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Takes it up again."""
        if runner._resume:
            self.start = checkpoint.get('l2_sp_start', {})
