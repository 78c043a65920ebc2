"""The initialisation of the GLCNet authors' code."""

from collections.abc import Sequence

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from ...errors import UserError
from ...models.bare_model import bare_model


@HOOKS.register_module()
class FanInInitHook(Hook):
    """Draws convolutions as He et al. (ICCV 2015) do by the number of their inputs.

    mmengine's backbones and heads are drawn by the number of outputs. ``init_cfg``
    cannot change that: mmcv's convolutions initialise themselves again after their
    parent. Comes before ``LoadPretrainedHook``; a resumed run is left alone.

    Args:
        linear: Names of linear layers that count as convolutions, for they stand for
            1x1 ones of the authors' network.
        default: Names of layers that PyTorch's own initialisation is kept for, as for
            the stem that the authors' code replaces for other bands than three.
    """

    def __init__(self, linear: Sequence[str] = (), default: Sequence[str] = ()) -> None:
        self.linear, self.default = tuple(linear), tuple(default)

    def before_train(self, runner: Runner) -> None:
        """Draws; see the class.

        Raises:
            UserError: The model has no module of a given name.
        """
        if runner.iter > 0:
            return
        model = bare_model(runner.model)
        # The same on every process, whatever they have drawn before.
        with torch.random.fork_rng():
            torch.manual_seed(runner.seed)
            self.draw(model)

    def draw(self, model: nn.Module) -> None:
        """Draws the weights of a model."""
        modules = dict(model.named_modules())
        for name in (*self.linear, *self.default):
            if name not in modules:
                raise UserError(
                    f'FanInInitHook names "{name}", but {type(model).__name__} has no '
                    f'module of that name; correct it.'
                )
        for name, module in modules.items():
            if name in self.default:
                module.reset_parameters()
            elif isinstance(module, nn.Conv2d) or name in self.linear:
                nn.init.kaiming_normal_(module.weight, nonlinearity='relu')
