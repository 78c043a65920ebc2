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
        found = _named(dist.all_gather_object(bad) if together else [bad])
        raise NotFiniteError(
            f'{where} {found}: lower the learning rate, or look for extreme pixel '
            f'values with tools/check_data.py.{remedy}'
        )


def _named(bad: list[list[str]]) -> str:
    """What was found, in the same words in every process.

    Args:
        bad: The names of what is not finite in each process, not all of them empty.
    """
    process = next(number for number, names in enumerate(bad) if names)
    first, *further = bad[process]
    place = f' in process {process}' if len(bad) > 1 else ''
    more = f' (and {len(further)} more)' if further else ''
    return f'{first} has values that are NaN or infinite{place}{more}'


def _can_be_nan(value: object) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.numel() > 0
