"""NT-Xent against a float64 double loop, its groups and its two launch forms."""

import math

import pytest
import torch

from glcnet_mm.models.losses import NTXentLoss, nt_xent
from tests.two_processes import run_on_two


def brute_force(view1, view2, temperature, positive_below, keep, groups):
    """The formula pair by pair; a negative is a kept pair of the same group."""
    pairs, losses = len(groups), []
    z = torch.cat([view1, view2])
    z = z / z.norm(dim=1, keepdim=True)
    for i in range(2 * pairs):
        if not keep[i % pairs]:
            continue
        partner, below = (i + pairs) % (2 * pairs), torch.tensor(1e-8)
        for j in range(2 * pairs):
            same = groups[j % pairs] == groups[i % pairs] and keep[j % pairs]
            if j != i and same and (positive_below or j != partner):
                below = below + torch.exp(z[i] @ z[j] / temperature)
        losses.append(torch.log(below) - z[i] @ z[partner] / temperature)
    return torch.stack(losses).mean()


@pytest.mark.parametrize('positive_below', [False, True])
@pytest.mark.parametrize('temperature', [0.07, 0.5])
@pytest.mark.parametrize('block', [2**25, 40])
@pytest.mark.parametrize('groups', [None, torch.tensor([0, 2, 0, 1, 2, 1, 0, 1, 2])])
def test_equals_brute_force_in_value_and_gradient(
    positive_below, temperature, block, groups
):
    views = torch.randn(2, 9, 5, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([1, 1, 0, 1, 1, 0, 1, 1, 1], dtype=torch.bool)
    ours = nt_xent(*views, temperature, positive_below, keep, block, groups)
    alike = torch.zeros(9) if groups is None else groups
    theirs = brute_force(*views, temperature, positive_below, keep, alike)
    assert torch.allclose(ours, theirs, atol=1e-12)
    grads = [torch.autograd.grad(loss, views)[0] for loss in (ours, theirs)]
    assert torch.allclose(*grads, atol=1e-12)


@pytest.mark.parametrize('count, expected', [(64, 4.88), (256, 6.27)])
def test_random_embeddings_give_the_known_value(count, expected):
    views = torch.randn(2, count, 64)
    assert nt_xent(*views).item() == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize('count', [64, 256])
def test_aligned_orthogonal_embeddings_give_the_closed_form(count):
    z = torch.eye(count)
    expected = math.log(2 * count - 2) - 2
    assert nt_xent(z, z).item() == pytest.approx(expected, abs=1e-5)


def test_symmetric_and_scale_free():
    a, b = torch.randn(2, 6, 4, dtype=torch.float64)
    assert torch.allclose(nt_xent(a, b), nt_xent(b, a))
    assert torch.allclose(nt_xent(a, b), nt_xent(3 * a, 0.1 * b))
    order = torch.randperm(6)
    assert torch.allclose(nt_xent(a, b), nt_xent(a[order], b[order]))


def test_float32_under_autocast():
    a, b = torch.randn(2, 32, 16).bfloat16().float()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = nt_xent(a.bfloat16(), b.bfloat16())
    assert low.dtype == torch.float32
    assert torch.allclose(low, nt_xent(a, b), atol=1e-5)


@pytest.mark.parametrize('kept', [0, 1])
def test_without_negatives_stays_finite(kept):
    views = torch.randn(2, 4, 3, requires_grad=True)
    keep = torch.arange(4) < kept
    loss = nt_xent(*views, keep=keep)
    (grad,) = torch.autograd.grad(loss, views)
    assert torch.isfinite(loss) and torch.isfinite(grad).all()
    if kept == 0:
        assert loss == 0


def test_gradient_steps_lower_the_loss():
    views = torch.randn(2, 8, 4).requires_grad_()
    optimizer = torch.optim.SGD([views], lr=1.0)
    loss_fn, losses = NTXentLoss(), []
    for _ in range(20):
        losses.append(loss_fn(*views))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < losses[0] - 0.1


@pytest.mark.parametrize('temperature', [0, -1])
def test_bad_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match='temperature must be positive'):
        nt_xent(*torch.randn(2, 4, 3), temperature)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match='differ in shape'):
        nt_xent(torch.randn(4, 3), torch.randn(5, 3))


def test_one_group_is_the_loss_without_groups_to_the_bit():
    views = torch.randn(2, 12, 6, requires_grad=True)
    losses = [nt_xent(*views), nt_xent(*views, groups=torch.full((12,), 3))]
    assert torch.equal(*losses)
    assert torch.equal(*(torch.autograd.grad(loss, views)[0] for loss in losses))


def test_two_groups_are_the_weighted_mean_of_their_losses():
    views = torch.randn(2, 10, 6, dtype=torch.float64)
    groups = torch.tensor([0, 1, 1, 0, 1, 1, 0, 1, 1, 1])
    first, second = (nt_xent(*views[:, groups == g]) for g in (0, 1))
    mixed = NTXentLoss()(*views, groups=groups)
    assert torch.allclose(mixed, 0.3 * first + 0.7 * second, atol=1e-12)
    assert not torch.allclose(mixed, nt_xent(*views), atol=1e-3)


def _half_through_a_layer(rank, inputs, weight, keep):
    """Half of the batch through a shared layer and DDP's averaging."""
    layer = torch.nn.Linear(*weight.shape[::-1], bias=False).double()
    layer.weight.data.copy_(weight)
    layer = torch.nn.parallel.DistributedDataParallel(layer)
    own = slice(rank * 3, rank * 3 + 3)
    views = layer(inputs[:, own].reshape(6, -1)).reshape(2, 3, -1)
    loss = nt_xent(*views, keep=keep[own], max_block_elements=30)
    loss.backward()
    total = loss.detach() / 2
    torch.distributed.all_reduce(total)
    return total, layer.module.weight.grad


def test_two_processes_equal_one_on_the_same_batch():
    torch.manual_seed(1)
    inputs = torch.randn(2, 6, 5, dtype=torch.float64)
    weight = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([True, True, False, True, True, True])
    loss = nt_xent(*(inputs @ weight.T), keep=keep)
    loss.backward()
    halves = run_on_two(_half_through_a_layer, inputs, weight.detach(), keep)
    for value, grad in halves:
        assert value.item() == pytest.approx(loss.item(), abs=1e-12)
        assert torch.allclose(grad, weight.grad, atol=1e-6)


def _half_of_groups(rank, views, groups):
    own = slice(rank * 4, rank * 4 + 4)
    leaf = views[:, own].clone().requires_grad_()
    loss = nt_xent(*leaf, groups=groups[own])
    loss.backward()
    return loss.item(), leaf.grad


def test_groups_reach_across_processes():
    views = torch.randn(2, 8, 5, dtype=torch.float64, requires_grad=True)
    groups = torch.tensor([0, 1, 1, 0, 1, 2, 0, 1])
    loss = nt_xent(*views, groups=groups)
    loss.backward()
    halves = run_on_two(_half_of_groups, views.detach(), groups)
    values, grads = zip(*halves, strict=True)
    assert sum(values) / 2 == pytest.approx(loss.item(), abs=1e-12)
    # Every process's gradient is of the sum over processes, twice the mean.
    assert torch.allclose(torch.cat(grads, 1) / 2, views.grad, atol=1e-12)
