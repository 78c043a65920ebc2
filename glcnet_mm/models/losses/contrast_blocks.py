"""The sums of NT-Xent, value and gradient in one pass over blocks of the similarities.

A block of rows is made, turned into its share of the loss and of both gradients, and
forgotten. So each similarity is computed once, in three matrix products in all, and no
more than one block is in memory, as fused cross entropies over large vocabularies do.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

MINUS_INFINITY = float('-inf')


class Terms(NamedTuple):
    """What else the sums depend on; see ``nt_xent``.

    Attributes:
        temperature: Positive.
        positive_in_denominator: Whether the partner counts below.
        constant: Added to every sum.
        first: Of the columns, the pair that the first row belongs to.
        keep: ``(M,)`` bool of the rows, or None for all.
        column_keep: ``(M_all,)`` bool of the columns, or None for all.
        groups: ``(M_all,)`` int64 of the columns, or None.
        rows_per_block: At least 1.
    """

    temperature: float
    positive_in_denominator: bool
    constant: float
    first: int
    keep: Tensor | None
    column_keep: Tensor | None
    groups: Tensor | None
    rows_per_block: int


class ContrastSum(torch.autograd.Function):
    """Sum over rows of both views of NT-Xent's ``l_i``.

    Args (of ``apply``):
        anchors: ``(2, M, D)`` normalised rows.
        columns: ``(2, M_all, D)`` normalised.
        hard: ``(2, M, K)`` cosines to further negatives, or None.
        terms: All else.

    Returns:
        A scalar. Its gradient cannot be differentiated again.
    """

    @staticmethod
    def forward(
        ctx: Any, anchors: Tensor, columns: Tensor, hard: Tensor | None, terms: Terms
    ) -> Tensor:
        """The sum; both gradients are made on the way, where any is asked for."""
        needed = any(ctx.needs_input_grad)
        grads = [torch.zeros_like(anchors), torch.zeros_like(columns)] if needed else []
        grads += [torch.zeros_like(hard)] if needed and hard is not None else []
        total = anchors.new_zeros(())
        for view, rows in blocks(anchors.shape[1], terms.rows_per_block):
            total += _add_block(anchors, columns, hard, terms, (view, rows), grads)
        ctx.save_for_backward(*grads)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of ``forward``, scaled."""
        found = [grad * saved for saved in ctx.saved_tensors]
        return (*found, *[None] * (4 - len(found)))


def blocks(rows: int, rows_per_block: int) -> Iterator[tuple[int, slice]]:
    """View and rows of every block."""
    for view in (0, 1):
        for start in range(0, rows, rows_per_block):
            yield view, slice(start, min(rows, start + rows_per_block))


def _add_block(
    anchors: Tensor,
    columns: Tensor,
    hard: Tensor | None,
    terms: Terms,
    place: tuple[int, slice],
    grads: list[Tensor],
) -> Tensor:
    """A block's share of the sum; adds its gradients to ``grads``, if there are any."""
    view, rows = place
    others = columns.flatten(0, 1)
    block = anchors[view, rows] / terms.temperature
    partners = anchors[1 - view, rows]
    positive = (block * partners).sum(-1)
    logits = block @ others.T
    _leave_out(logits, terms, view, rows)
    further = None if hard is None else hard[view, rows] / terms.temperature
    peak, share = _exponentials(logits, further, terms.constant)
    losses = peak + share.log() - positive
    weight = anchors.new_ones(len(block)) if terms.keep is None else terms.keep[rows]
    if grads:
        weight = weight.to(block.dtype)
        grad_anchors, grad_columns, *grad_hard = grads
        # The exponentials become the gradient of the loss by the logits.
        logits *= (weight / share)[:, None]
        grad_anchors[view, rows].addmm_(logits, others, alpha=1 / terms.temperature)
        grad_anchors[view, rows].sub_(weight[:, None] * partners / terms.temperature)
        grad_anchors[1 - view, rows].sub_(weight[:, None] * block)
        grad_columns.flatten(0, 1).addmm_(logits.T, block)
        if further is not None:
            scaled = (weight / share / terms.temperature)[:, None]
            grad_hard[0][view, rows] = (further - peak[:, None]).exp() * scaled
    return (losses * weight).sum()


def _leave_out(logits: Tensor, terms: Terms, view: int, rows: slice) -> None:
    """Sets what is no negative of its row to minus infinity, in place."""
    count = logits.shape[1] // 2
    own = torch.arange(rows.start, rows.stop, device=logits.device) + terms.first
    if terms.column_keep is not None:
        logits.masked_fill_(~terms.column_keep.repeat(2), MINUS_INFINITY)
    if terms.groups is not None:
        apart = terms.groups[own, None] != terms.groups
        logits.view(-1, 2, count).masked_fill_(apart[:, None], MINUS_INFINITY)
    logits.scatter_(1, own[:, None] + view * count, MINUS_INFINITY)
    if not terms.positive_in_denominator:
        logits.scatter_(1, own[:, None] + (1 - view) * count, MINUS_INFINITY)


def _exponentials(
    logits: Tensor, further: Tensor | None, constant: float
) -> tuple[Tensor, Tensor]:
    """Largest logits and sums ``(B,)``; turns the logits into exponentials.

    The sums, to be multiplied by the exponential of the largest, are those of all
    terms below: the logits, the further ones and the constant.
    """
    floor = torch.tensor(constant, dtype=logits.dtype, device=logits.device).log()
    peak = torch.maximum(logits.amax(1), floor)
    if further is not None and further.shape[1]:
        peak = torch.maximum(peak, further.amax(1))
    share = logits.sub_(peak[:, None]).exp_().sum(1) + (floor - peak).exp()
    if further is not None:
        share += (further - peak[:, None]).exp().sum(1)
    return peak, share
