"""A decode head of mmseg in a neck, and the maps that it makes on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

    @property
    def align_corners(self) -> bool:
        """Convention of the head's upsampling."""
        return self.decode_head.align_corners

    def both_maps(self, features: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Maps of the backbone to (e ``(N, C, h, w)``, d ``(N, C', h', w')``)."""
        if self.context is None:
            return features[-1], self.decode_head(features)
        seen: list[Tensor] = []
        with self._watch_context(seen.append):
            pixels = self.decode_head(features)
        return seen[0], pixels

    def encoder_map(self, features: tuple[Tensor, ...]) -> Tensor:
        """The encoder map e alone; what comes after it in the head does not run."""
        if self.context is None:
            return features[-1]
        try:
            with self._watch_context(_stop):
                self.decode_head(features)
        except _ContextReached as reached:
            return reached.context
        raise RuntimeError(f'The head never ran its sub-module "{self.context}".')

    @contextmanager
    def _watch_context(self, call: Callable[[Tensor], None]) -> Iterator[None]:
        module = self.decode_head.get_submodule(self.context)
        handle = module.register_forward_hook(lambda _, __, out: call(out))
        try:
            yield
        finally:
            handle.remove()


class _ContextReached(Exception):
    """Leaves a head's forward pass with the map that was wanted."""

    def __init__(self, context: Tensor) -> None:
        super().__init__()
        self.context = context


def _stop(context: Tensor) -> None:
    raise _ContextReached(context)
