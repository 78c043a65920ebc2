"""Mixed precision in bfloat16 on whatever device there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Runs the forward pass in bfloat16 where the device computes in it.

    mmengine's ``AmpOptimWrapper`` refuses to train on a CPU, and its loss scaling is
    of no use to bfloat16, whose exponents are those of float32. Where the processor
    has no such arithmetic everything stays in float32.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.device = get_device()
        self.enabled = has_bfloat16(self.device)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """The context of a forward pass."""
        with (
            super().optim_context(model),
            torch.autocast(self.device, torch.bfloat16, enabled=self.enabled),
        ):
            yield


def has_bfloat16(device: str) -> bool:
    """Whether ``device`` multiplies in bfloat16 faster than it would emulate it."""
    if device == 'cuda':
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = Path('/proc/cpuinfo')
    if device != 'cpu' or not flags.exists():
        return False
    text = flags.read_text(encoding='utf-8')
    return 'avx512_bf16' in text or 'amx_bf16' in text
