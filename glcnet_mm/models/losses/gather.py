"""Gathering embeddings across processes without losing their gradient."""

from typing import Any

import torch
from mmengine import dist
from torch import Tensor


class _Gather(torch.autograd.Function):
    """Concatenates over processes; backward sums every process's gradient.

    mmpretrain's layer returns the gradient of the own process only, which is 1/W of
    the true one after the averaging of DistributedDataParallel.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.rows = len(x)
        return torch.cat(dist.all_gather(x.contiguous()))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        grad = grad.contiguous()
        dist.all_reduce(grad)
        start = dist.get_rank() * ctx.rows
        return grad[start : start + ctx.rows]


def gather_with_gradient(x: Tensor) -> Tensor:
    """Concatenates ``x`` of all processes along dimension 0, in order of rank.

    All processes must hold equally many rows. Without a process group this is ``x``.
    """
    return _Gather.apply(x) if dist.get_world_size() > 1 else x


def weighted_mean(
    values: Tensor, weights: Tensor, constant: float = 0.0, least: float = 0.0
) -> Tensor:
    """``sum(w v) / max(sum w + constant, least)`` over the batch of all processes.

    Each process returns its share times their number, so that the mean over processes
    of value and gradient equals that of one process with the whole batch; a mean per
    process would weight its values by how few there are.

    Args:
        values: Of any shape.
        weights: Of the same shape, without gradient.
        constant: Keeps the quotient finite.
        least: The same, for weights that count.
    """
    total = weights.sum().detach().clone()
    dist.all_reduce(total)
    total = (total + constant).clamp(min=least)
    return (weights * values).sum() * dist.get_world_size() / total
