"""One pass over blocks: value and gradient are those of the whole matrix."""

import pytest
import torch
import torch.nn.functional as F

from glcnet_mm.models.losses import nt_xent
from glcnet_mm.models.losses.contrast_blocks import ContrastSum, Terms
from glcnet_mm.models.losses.nt_xent import Form, nt_xent_with

ROWS, VALUES = 7, 4


def whole_matrix(view1, view2, temperature, below, keep, groups, constant, hard):
    """The sum of all terms from one masked matrix, left to autograd."""
    z = F.normalize(torch.cat([view1, view2]), dim=1)
    logits = z @ z.T / temperature
    own = torch.arange(len(z))
    partner = own.roll(len(view1))
    left_out = F.one_hot(own).bool()
    left_out |= (groups.repeat(2)[:, None] != groups.repeat(2)) | ~keep.repeat(2)
    if not below:
        left_out |= F.one_hot(partner).bool()
    sums = logits.masked_fill(left_out, -torch.inf).exp().sum(1) + constant
    sums = sums + (hard.flatten(0, 1) / temperature).exp().sum(1)
    losses = sums.log() - logits[own, partner]
    return losses[keep.repeat(2)].mean()


@pytest.mark.parametrize('below', [False, True])
@pytest.mark.parametrize('block', [1, 30, 2**22])
def test_everything_at_once_equals_the_whole_matrix(below, block):
    views = torch.randn(2, ROWS, VALUES, dtype=torch.float64, requires_grad=True)
    hard = torch.rand(2, ROWS, 3, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([1, 1, 0, 1, 1, 1, 1], dtype=torch.bool)
    groups = torch.tensor([0, 1, 0, 0, 1, 1, 0])
    form = Form(0.2, below, 0.3, block)
    ours = nt_xent_with(*views, form, hard, keep, groups)
    theirs = whole_matrix(*views, 0.2, below, keep, groups, 0.3, hard)
    assert torch.allclose(ours, theirs, atol=1e-12)
    grads = [torch.autograd.grad(loss, (views, hard)) for loss in (ours, theirs)]
    for mine, expected in zip(*grads, strict=True):
        assert torch.allclose(mine, expected, atol=1e-12)


def test_float32_keeps_six_digits_of_the_gradient():
    views = torch.randn(2, 300, 16)
    grads = []
    for dtype in (torch.float32, torch.float64):
        inputs = views.to(dtype).requires_grad_()
        loss = nt_xent(*inputs, temperature=0.1, max_block_elements=9000)
        grads.append(torch.autograd.grad(loss, inputs)[0].double())
    error = (grads[0] - grads[1]).abs().max() / grads[1].abs().max()
    assert error < 1e-6


def test_rows_may_be_some_of_the_columns():
    # As in a process that holds the second half of the pairs.
    z = F.normalize(torch.randn(2, 6, VALUES, dtype=torch.float64), dim=-1)
    terms = Terms(0.5, False, 1e-8, 0, None, None, None, 4)
    whole = ContrastSum.apply(z, z, None, terms)
    parts = [
        ContrastSum.apply(z[:, rows], z, None, terms._replace(first=rows.start))
        for rows in (slice(0, 3), slice(3, 6))
    ]
    assert torch.allclose(sum(parts), whole, atol=1e-12)


def test_gradients_pass_the_numerical_check():
    anchors, columns = (
        torch.randn(2, n, 3, dtype=torch.float64, requires_grad=True) for n in (2, 4)
    )
    hard = torch.randn(2, 2, 2, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([True, False, True, True])
    terms = Terms(0.5, False, 0.1, 2, keep[2:], keep, None, 1)
    assert torch.autograd.gradcheck(
        lambda *inputs: ContrastSum.apply(*inputs, terms), (anchors, columns, hard)
    )


def test_evaluation_keeps_no_gradient():
    with torch.no_grad():
        loss = nt_xent(*torch.randn(2, 5, 3))
    assert not loss.requires_grad and loss > 0
