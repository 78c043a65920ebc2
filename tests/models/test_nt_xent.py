"""NT-Xent against a float64 double loop, its properties and its two launch forms."""

import math
import os
import socket

import pytest
import torch
import torch.multiprocessing as mp

from glcnet_mm.models.losses import NTXentLoss, nt_xent


def brute_force(view1, view2, temperature, positive_below, keep=None):
    """The formula of the docstring, pair by pair in float64."""
    kept = range(len(view1)) if keep is None else keep.nonzero().flatten().tolist()
    z = [view1[i] for i in kept] + [view2[i] for i in kept]
    z = [v.double() / v.double().norm() for v in z]
    pairs, losses = len(z) // 2, []
    for i in range(2 * pairs):
        partner = (i + pairs) % (2 * pairs)
        below = 1e-8
        for j in range(2 * pairs):
            if j != i and (positive_below or j != partner):
                below = below + torch.exp(z[i] @ z[j] / temperature)
        losses.append(
            torch.log(torch.as_tensor(below)) - z[i] @ z[partner] / temperature
        )
    return torch.stack(losses).mean()


@pytest.mark.parametrize('positive_below', [False, True])
@pytest.mark.parametrize('temperature', [0.07, 0.5])
@pytest.mark.parametrize('block', [2**25, 40])
def test_equals_brute_force_in_value_and_gradient(positive_below, temperature, block):
    views = torch.randn(2, 9, 5, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([1, 1, 0, 1, 1, 1, 0, 1, 1], dtype=torch.bool)
    ours = nt_xent(*views, temperature, positive_below, keep, block)
    theirs = brute_force(*views, temperature, positive_below, keep)
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


def _one_of_two(rank, port, inputs, weight, keep, results):
    """One process: half of the batch through a shared layer and DDP's averaging."""
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    torch.set_num_threads(1)
    layer = torch.nn.Linear(*weight.shape[::-1], bias=False).double()
    layer.weight.data.copy_(weight)
    layer = torch.nn.parallel.DistributedDataParallel(layer)
    own = slice(rank * 3, rank * 3 + 3)
    views = layer(inputs[:, own].reshape(6, -1)).reshape(2, 3, -1)
    loss = nt_xent(*views, keep=keep[own], max_block_elements=30)
    loss.backward()
    total = loss.detach() / 2
    torch.distributed.all_reduce(total)
    results[rank] = (total.item(), layer.module.weight.grad.clone().tolist())
    torch.distributed.destroy_process_group()


def test_two_processes_equal_one_on_the_same_batch():
    torch.manual_seed(1)
    inputs = torch.randn(2, 6, 5, dtype=torch.float64)
    weight = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([True, True, False, True, True, True])
    loss = nt_xent(*(inputs @ weight.T), keep=keep)
    loss.backward()
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    with mp.Manager() as manager:
        results = manager.dict()
        mp.spawn(
            _one_of_two,
            (port, inputs, weight.detach(), keep, results),
            nprocs=2,
        )
        for rank in (0, 1):
            value, grad = results[rank]
            assert value == pytest.approx(loss.item(), abs=1e-12)
            assert torch.allclose(torch.tensor(grad).double(), weight.grad, atol=1e-6)
