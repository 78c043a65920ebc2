"""Weights of convolutions that never meet data, because the map is too small.

A tap of a kernel reads the map beside the position it computes, at a distance that
grows with the dilation rate. On a map whose side is no larger than that distance it
reads zero padding at every position: it gets no gradient and stays as it was drawn. A
3x3 kernel of rate 18 on a map of 14 x 14 cells, as in the GLCNet paper, is a 1x1 one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from mmengine.model import BaseAveragedModel
from torch import Tensor, nn

# Two numbers, of rows and columns; torch says no more of a layer's.
Pair = tuple[int, ...]


class DeadTaps(NamedTuple):
    """A convolution with taps that met no data in any of its calls.

    Attributes:
        name: Of the module in its model.
        kernel: Height and width.
        rate: Dilation of rows and columns.
        size: Height and width of the largest map that it saw.
        dead: Taps that met no data.
    """

    name: str
    kernel: Pair
    rate: Pair
    size: Pair
    dead: int

    def __str__(self) -> str:
        height, width = self.kernel
        rate = self.rate[0] if self.rate[0] == self.rate[1] else self.rate
        return (
            f'{self.name} ({height}x{width}, rate {rate}) on a map of '
            f'{self.size[0]} x {self.size[1]} cells: {self.dead} of {height * width} '
            f'taps'
        )


@contextmanager
def watch_taps(model: nn.Module) -> Iterator[dict[str, 'TapRecord']]:
    """Records which taps of every 2-D convolution meet data meanwhile, by its name.

    Copies that follow a network by moving averages are left out.
    """
    records: dict[str, TapRecord] = {}
    copies = {
        part
        for module in model.modules()
        if isinstance(module, BaseAveragedModel)
        for part in module.modules()
    }
    handles = [
        module.register_forward_hook(partial(_record, records, name))
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and module not in copies
    ]
    try:
        yield records
    finally:
        for handle in handles:
            handle.remove()


def dead_taps(records: Mapping[str, 'TapRecord']) -> list[DeadTaps]:
    """Convolutions with taps that met no data, of what ``watch_taps`` recorded."""
    found = []
    for name, (kernel, rate, size, alive) in records.items():
        dead = int((~alive).sum())
        if dead:
            found.append(DeadTaps(name, kernel, rate, size, dead))
    return found


def advice(found: list[DeadTaps]) -> str:
    """What was found, one convolution a line, and what to do."""
    lines = '\n'.join(f'  {one}' for one in found)
    count = f'{len(found)} convolutions have' if len(found) > 1 else '1 convolution has'
    return (
        f'{count} taps that lie in padding everywhere and never learn:\n{lines}\n'
        f'  Choose rates below the side of the map (dilations of the decode head or '
        f'the backbone), a smaller output stride, or larger windows; '
        f'see "Rates that fit the window" in docs/methods.md.'
    )


class TapRecord(NamedTuple):
    """Kernel, rate, largest map seen, and ``(h, w)`` bool: which taps met data."""

    kernel: Pair
    rate: Pair
    size: Pair
    alive: Tensor


def _record(
    records: dict[str, TapRecord],
    name: str,
    module: nn.Conv2d,
    inputs: tuple[Tensor],
    output: Tensor,
) -> None:
    size = tuple(inputs[0].shape[-2:])
    if name in records and records[name].size == size:
        return
    rows, columns = (_reached(module, axis, inputs[0], output) for axis in (0, 1))
    alive = rows[:, None] & columns
    if name in records:
        alive = alive | records[name].alive
        size = max(size, records[name].size)
    records[name] = TapRecord(module.kernel_size, module.dilation, size, alive)


def _reached(module: nn.Conv2d, axis: int, source: Tensor, output: Tensor) -> Tensor:
    """Which taps ``(k,)`` of one axis read a cell of the map at some position."""
    taps = torch.arange(module.kernel_size[axis])
    if module.padding_mode != 'zeros':
        return torch.ones_like(taps, dtype=torch.bool)
    cells, positions = source.shape[axis - 2], output.shape[axis - 2]
    stride, rate = module.stride[axis], module.dilation[axis]
    reach = rate * (len(taps) - 1) + 1
    # Padding 'same', and layers that pad in their own forward pass, as timm's do for
    # TensorFlow's weights, put the smaller half before the map.
    before = max(0, (positions - 1) * stride + reach - cells) // 2
    declared = module.padding
    if not isinstance(declared, str):
        expected = (cells + 2 * declared[axis] - reach) // stride + 1
        before = declared[axis] if expected == positions else before
    read = torch.arange(positions)[:, None] * stride + taps * rate - before
    return ((read >= 0) & (read < cells)).any(0)
