"""Evaluating a model in the middle of its training."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn


@contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Evaluation without gradients; training goes on as if nothing had happened.

    Restores the mode of every module, since parts may be kept in evaluation mode while
    the rest trains, and the state of the global generators.
    """
    modes = {module: module.training for module in model.modules()}
    for_python, for_numpy = random.getstate(), np.random.get_state()
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    model.eval()
    try:
        with torch.random.fork_rng(devices), torch.no_grad():
            yield
    finally:
        random.setstate(for_python)
        np.random.set_state(for_numpy)
        for module, mode in modes.items():
            module.training = mode
