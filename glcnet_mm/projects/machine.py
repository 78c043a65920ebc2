"""What this machine can do, and how much training fits it."""

from typing import Any, NamedTuple

import torch

from ..cpu_cores import usable_cores
from ..errors import UserError
from ..wording import counted

GIGABYTE = 2**30
# Cores from which a machine without a GPU counts as a large one.
MANY_CORES = 8
STAGES = ('pretraining', 'finetuning')


class Machine(NamedTuple):
    """Cores that are free for this process, and memory of the first GPU in GB."""

    cores: int
    gpu_gb: float

    def __str__(self) -> str:
        gpu = f'a GPU of {self.gpu_gb:.0f} GB' if self.gpu_gb else 'no GPU'
        return f'{counted(self.cores, "core")}, {gpu}'


class Budget(NamedTuple):
    """Of one stage."""

    iterations: int
    batch_size: int


class Sizes(NamedTuple):
    """Sides of windows and how long each stage trains.

    Attributes:
        window: Side of a labelled window, and of a view, in pixels.
        source: Side of the window that both views are cut from.
        workers: Processes that read.
    """

    window: int
    source: int
    workers: int
    pretraining: Budget
    finetuning: Budget

    def changed(
        self, window: int | None, iterations: int | None, batch_size: int | None
    ) -> 'Sizes':
        """With what the user wants otherwise; None leaves a size as it is.

        Raises:
            UserError: A size is no positive whole number.
        """
        asked = dict(window=window, iterations=iterations, batch_size=batch_size)
        asked = {name: value for name, value in asked.items() if value is not None}
        for name, value in asked.items():
            if not isinstance(value, int) or value < 1:
                raise UserError(f'{name} is a positive whole number, got {value!r}.')
        side = asked.pop('window', None)
        sides: dict[str, Any] = {} if side is None else dict(window=side, source=side)
        stages = {n: getattr(self, n)._replace(**asked) for n in STAGES}
        return self._replace(**sides, **stages)


def this_machine() -> Machine:
    """Looks at the machine."""
    cores = usable_cores()
    if not torch.cuda.is_available():
        return Machine(cores, 0)
    return Machine(cores, torch.cuda.get_device_properties(0).total_memory / GIGABYTE)


def sizes_for(machine: Machine, size: str) -> Sizes:
    """What fits a machine.

    On a small machine without a GPU ``small`` takes minutes: enough for a first map,
    too little for a good one. ``paper`` has the network, views and batch of the paper
    (batches are halved until they fit the memory) and wants a GPU.
    """
    workers = max(1, min(machine.cores - 1, 8))
    if size == 'paper':
        batch = 64
        # A pair of views of 224 px and its gradients fill some 300 MB.
        while machine.gpu_gb and batch > 8 and 0.3 * batch > machine.gpu_gb:
            batch //= 2
        return Sizes(256, 256, workers, Budget(20000, batch), Budget(5000, 16))
    if machine.gpu_gb:
        return Sizes(96, 128, workers, Budget(4000, 64), Budget(1000, 32))
    if machine.cores >= MANY_CORES:
        return Sizes(96, 128, workers, Budget(1200, 64), Budget(400, 16))
    return Sizes(96, 128, workers, Budget(150, 32), Budget(150, 16))
