"""Training the new parts first, and only then all of them."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...errors import UserError
from ...models.bare_model import bare_model
from ..loaded_parts import is_loaded, loaded_parameters


@HOOKS.register_module()
class HeadFirstHook(Hook):
    """Keeps the loaded parts as they are for the first iterations.

    A head that starts at random sends large gradients into features that were good,
    and bends them (Kumar et al., ICLR 2022, arXiv 2202.10054). Weights and batch
    statistics of the loaded parts are frozen; their batch norm uses what was loaded.
    Several processes need ``find_unused_parameters=True`` in ``model_wrapper_cfg``.

    Args:
        iterations: So many train the rest alone.
        level: What is frozen, as ``LoadPretrainedHook`` loads it.
    """

    def __init__(self, iterations: int, level: str | Sequence[str] = 'encoder') -> None:
        if iterations < 1:
            raise UserError(
                f'iterations of HeadFirstHook must be at least 1, got {iterations}.'
            )
        self.iterations, self.level = iterations, level
        self.frozen: list[nn.Parameter] = []
        self.norms: list[nn.Module] = []

    def before_train(self, runner: Runner) -> None:
        """Freezes, in a resumed run too.

        Raises:
            UserError: Nothing would ever train but the head, or there is no head.
        """
        if self.iterations >= runner.max_iters:
            raise UserError(
                f'HeadFirstHook freezes {self.iterations} iterations of '
                f'{runner.max_iters}; lower its iterations.'
            )
        if runner.iter >= self.iterations:
            return
        model = bare_model(runner.model)
        parameters = loaded_parameters(model, self.level).values()
        # What the config itself keeps frozen stays so later.
        self.frozen = [p for p in parameters if p.requires_grad]
        for parameter in self.frozen:
            parameter.requires_grad_(False)
        self.norms = [
            module
            for name, module in model.named_modules()
            if isinstance(module, _BatchNorm) and is_loaded(name, self.level)
        ]

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Holds the statistics, or lets everything go."""
        if runner.iter < self.iterations:
            for norm in self.norms:
                norm.eval()
        elif self.frozen:
            for parameter in self.frozen:
                parameter.requires_grad_(True)
            self.frozen, self.norms = [], []
            runner.model.train()
