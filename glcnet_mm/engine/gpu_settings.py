"""What every run on a GPU has, whether its config says so or not."""

from collections.abc import Mapping
from typing import Any

import torch

# Optimisers of torch that have one kernel for all parameters.
FUSED = ('Adam', 'AdamW', 'SGD')


def pinned(loader: Any, gpu: bool | None = None) -> Any:
    """A loader's config with ``pin_memory``, so that copies wait for nobody.

    Args:
        loader: Config, or a loader, which stays as it is.
        gpu: Whether there is a GPU; looked up when None.
    """
    if not isinstance(loader, Mapping) or not _gpu(gpu):
        return loader
    return {'pin_memory': True, **loader}


def fused(wrapper: Any, gpu: bool | None = None) -> Any:
    """An optimiser's config with ``fused``, where torch has it so.

    Args:
        wrapper: Config of the wrapper, or a wrapper, which stays as it is.
        gpu: As of ``pinned``.
    """
    if not isinstance(wrapper, Mapping) or not _gpu(gpu):
        return wrapper
    optimizer = wrapper.get('optimizer')
    if not isinstance(optimizer, Mapping) or optimizer.get('type') not in FUSED:
        return wrapper
    if optimizer.get('foreach'):
        return wrapper  # torch takes one or the other
    return dict(wrapper, optimizer={'fused': True, **optimizer})


def allow_tf32(allowed: bool) -> None:
    """Whether a GPU may round factors of float32 products to 10 bits (TF32)."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def _gpu(given: bool | None) -> bool:
    return torch.cuda.is_available() if given is None else given
