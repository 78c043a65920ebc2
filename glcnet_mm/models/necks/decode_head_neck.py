"""A decode head of mmseg in a neck, and the maps that it makes on the way."""

from typing import Any

from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...errors import UserError


class DecodeHeadNeck(BaseModule):
    """What necks around a decode head share: its encoder map e and decoder map d.

    Each gives ``encode``, the encoder map alone, beside its own forward pass.

    Args:
        decode_head: See ``SegHeadNeck``.
        context: See there.
    """

    def __init__(self, decode_head: dict, context: str | None = 'bottleneck') -> None:
        super().__init__()
        # mmseg wants a number of classes, and warns below 3; the classifier goes at
        # once, for a parameter without a gradient would stop a distributed run.
        self.decode_head = MODELS.build(dict(decode_head, num_classes=3))
        self.decode_head.conv_seg = nn.Identity()
        names = dict(self.decode_head.named_modules())
        if context is not None and context not in names:
            raise UserError(
                f'{type(self.decode_head).__name__} has no sub-module "{context}" to '
                f'take the encoder map from; name one of its modules, or None for the '
                f'last map of the backbone.'
            )
        self.context = context
        if context is not None:
            module = self._context_module
            module.first_output = None
            # Once for all: what is attached in a forward pass cannot be compiled.
            module.register_forward_hook(_keep_first)

    @property
    def align_corners(self) -> bool:
        """Convention of the head's upsampling."""
        return self.decode_head.align_corners

    def both_maps(self, features: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Maps of the backbone to (e ``(N, C, h, w)``, d ``(N, C', h', w')``)."""
        if self.context is None:
            return features[-1], self.decode_head(features)
        self._context_module.first_output = None
        pixels = self.decode_head(features)
        return self._taken(), pixels

    def encoder_map(self, features: tuple[Tensor, ...]) -> Tensor:
        """The encoder map e alone; what comes after it in the head does not run."""
        if self.context is None:
            return features[-1]
        self._context_module.first_output = None
        stop = self._context_module.register_forward_hook(_stop)
        try:
            self.decode_head(features)
        except _ContextReached:
            return self._taken()
        finally:
            stop.remove()
        raise RuntimeError(f'The head never ran its sub-module "{self.context}".')

    @property
    def _context_module(self) -> Any:
        return self.decode_head.get_submodule(self.context)

    def _taken(self) -> Tensor:
        """The map that was kept; its memory is not held any longer."""
        module = self._context_module
        context, module.first_output = module.first_output, None
        return context


class _ContextReached(Exception):
    """Leaves a head's forward pass once the map that is wanted is kept."""


# Functions of this module, for a copy of the neck has hooks of its own then.
def _keep_first(module: Any, _: Any, output: Tensor) -> None:
    if module.first_output is None:
        module.first_output = output


def _stop(*_: Any) -> None:
    raise _ContextReached
