"""NT-Xent with negatives of the own group: brute force, limits, two processes."""

import os
import socket

import pytest
import torch
import torch.multiprocessing as mp

from glcnet_mm.models.losses import NTXentLoss, nt_xent


def brute_force(view1, view2, groups, keep, temperature, positive_below):
    """Pair by pair in float64; a negative is a kept pair of the same group."""
    pairs, losses = len(groups), []
    z = torch.cat([view1, view2])
    z = z / z.norm(dim=1, keepdim=True)
    for i in range(2 * pairs):
        if not keep[i % pairs]:
            continue
        partner, below = (i + pairs) % (2 * pairs), 1e-8
        for j in range(2 * pairs):
            same = groups[j % pairs] == groups[i % pairs] and keep[j % pairs]
            if j != i and same and (positive_below or j != partner):
                below = below + torch.exp(z[i] @ z[j] / temperature)
        losses.append(torch.log(below) - z[i] @ z[partner] / temperature)
    return torch.stack(losses).mean()


@pytest.mark.parametrize('positive_below', [False, True])
@pytest.mark.parametrize('block', [2**25, 40])
def test_equals_brute_force_in_value_and_gradient(positive_below, block):
    views = torch.randn(2, 9, 5, dtype=torch.float64, requires_grad=True)
    groups = torch.tensor([0, 2, 0, 1, 2, 1, 0, 1, 2])
    keep = torch.tensor([1, 1, 1, 1, 1, 0, 1, 1, 1], dtype=torch.bool)
    ours = nt_xent(*views, 0.5, positive_below, keep, block, groups)
    theirs = brute_force(*views, groups, keep, 0.5, positive_below)
    assert torch.allclose(ours, theirs, atol=1e-12)
    grads = [torch.autograd.grad(loss, views)[0] for loss in (ours, theirs)]
    assert torch.allclose(*grads, atol=1e-12)


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


def _one_of_two(rank, port, views, groups, results):
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    torch.set_num_threads(1)
    own = slice(rank * 4, rank * 4 + 4)
    leaf = views[:, own].clone().requires_grad_()
    loss = nt_xent(*leaf, groups=groups[own])
    loss.backward()
    results[rank] = (loss.item(), leaf.grad.tolist())
    torch.distributed.destroy_process_group()


def test_groups_reach_across_processes():
    views = torch.randn(2, 8, 5, dtype=torch.float64, requires_grad=True)
    groups = torch.tensor([0, 1, 1, 0, 1, 2, 0, 1])
    loss = nt_xent(*views, groups=groups)
    loss.backward()
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    with mp.Manager() as manager:
        results = manager.dict()
        mp.spawn(_one_of_two, (port, views.detach(), groups, results), nprocs=2)
        values, grads = zip(*(results[rank] for rank in (0, 1)), strict=True)
    assert sum(values) / 2 == pytest.approx(loss.item(), abs=1e-12)
    # Every process's gradient is of the sum over processes, twice the mean.
    grad = torch.cat([torch.tensor(g, dtype=torch.float64) for g in grads], 1)
    assert torch.allclose(grad / 2, views.grad, atol=1e-12)
