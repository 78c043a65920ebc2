"""No state with NaN or infinity is ever kept."""

import torch
from mmengine import dist
from torch import Tensor, nn

from ..errors import NotFiniteError


class FiniteWatch:
    """Remembers on the device whether all losses were finite; nothing waits for it."""

    def __init__(self) -> None:
        self._good: Tensor | None = None

    def note(self, loss: Tensor) -> None:
        """Adds the loss of one iteration."""
        good = torch.isfinite(loss.detach()).all()
        self._good = good if self._good is None else self._good & good

    def check(
        self, model: nn.Module, where: str, remedy: str = '', together: bool = True
    ) -> None:
        """Looks at everything once.

        Args:
            model: Its weights and buffers must be finite.
            where: What the error calls the moment.
            remedy: A last sentence of the error.
            together: Whether all processes are asked, which must then all call this.

        Raises:
            NotFiniteError: Something is NaN or infinite, here or elsewhere.
        """
        values = {name: v for name, v in model.state_dict().items() if _can_be_nan(v)}
        values |= {name: v for name, v in model.named_buffers() if _can_be_nan(v)}
        flags = {name: torch.isfinite(v.detach()).all() for name, v in values.items()}
        loss = {} if self._good is None else {'the loss': self._good}
        flags = loss | flags
        good = torch.stack(list(flags.values())).all().int()
        if together:
            dist.all_reduce(good, 'min')
        if good.item():
            return
        bad = [name for name, flag in flags.items() if not flag.item()]
        found = f'{bad[0]} has' if bad else 'another process has'
        more = f' (and {len(bad) - 1} more)' if len(bad) > 1 else ''
        raise NotFiniteError(
            f'{where} {found} values that are NaN or infinite{more}: lower the '
            f'learning rate, or look for extreme pixel values with '
            f'tools/check_data.py.{remedy}'
        )


def _can_be_nan(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 0
