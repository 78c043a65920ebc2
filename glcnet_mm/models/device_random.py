"""Random numbers that are a function of seeds, equal on every device."""

import torch
from torch import Tensor


def random_bits(seeds: Tensor, counter: int | Tensor) -> Tensor:
    """Non-negative pseudo-random int64 of (seed, counter), equal on every device.

    The mixing steps of splitmix64; a generator on the device would need its state
    saved for an exact resume and would differ with the number of processes.
    """
    counter = torch.as_tensor(counter, device=seeds.device)
    # seeds + counter * golden; torch.compile computes multiples of a counter that is an
    # index apart, where they must fit 64 bits. Inverse: of odd numbers modulo 2**64.
    golden = 0x9E3779B97F4A7C15
    x = (seeds * _wrap(pow(golden, -1, 2**64)) + counter) * _wrap(golden)
    x = (x ^ _shift(x, 30)) * _wrap(0xBF58476D1CE4E5B9)
    x = (x ^ _shift(x, 27)) * _wrap(0x94D049BB133111EB)
    return (x ^ _shift(x, 31)) & (2**63 - 1)


def _wrap(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _shift(x: Tensor, bits: int) -> Tensor:
    return (x >> bits) & (2 ** (64 - bits) - 1)


def random_order(bits: Tensor, weights: Tensor) -> Tensor:
    """Positive float64 whose largest lies at each place as often as its weight says.

    A race of exponential clocks: the largest of ``w / -log(u)``. Once places are taken
    out, the largest of the rest is a weighted draw among the rest, so one call serves
    draws without replacement (Efraimidis and Spirakis, 2006).

    Args:
        bits: Of ``random_bits``.
        weights: Not negative, of the same shape; places of weight 0 come last.
    """
    uniform = ((bits >> 11).double() + 0.5) / 2**52  # exact, never 0 or 1
    return weights / -uniform.log()
