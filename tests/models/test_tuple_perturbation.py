"""Both forms of the tuple loss against float64 loops over rows and shifts."""

import math

import pytest
import torch

from glcnet_mm.models.losses import TuplePerturbationLoss, nt_xent, tuple_perturbation
from glcnet_mm.models.losses.tuple_perturbation import Tuples, published_tuple_loss
from tests.two_processes import run_on_two


def unit(x):
    return x / x.norm()


JOINS = {
    'sum': lambda o, s: unit(o + s),
    'concat': lambda o, s: unit(torch.cat([o, s])),
}


def brute_force(view1, view2, temperature, weight, swapped, keep, join='sum'):
    """The corrected form with all broken tuples, vector by vector."""

    def tuple_of(o, s):
        return JOINS[join](o, weight * s)

    rows = keep.nonzero().flatten().tolist()
    views = [[(unit(v[i, 0]), unit(v[i, 1])) for i in rows] for v in (view1, view2)]
    losses = []
    for mine, other in (views, views[::-1]):
        intact = [[tuple_of(o, s) for o, s in view] for view in (mine, other)]
        for i, (o, s) in enumerate(mine):
            below = torch.tensor(1e-8, dtype=torch.float64)
            for k, (o_k, s_k) in enumerate(mine):
                if k == i:
                    continue
                wrong = [*intact[0][k : k + 1], *intact[1][k : k + 1]]
                below = below + sum(
                    torch.exp(intact[0][i] @ t / temperature) for t in wrong
                )
                broken = []
                if 'sar' in swapped:
                    broken.append(tuple_of(o, s_k))
                if 'optical' in swapped:
                    broken.append(tuple_of(o_k, s))
                below = below + sum(
                    torch.exp(u @ intact[1][i] / temperature) for u in broken
                )
            losses.append(torch.log(below) - intact[0][i] @ intact[1][i] / temperature)
    return torch.stack(losses).mean()


def published_brute_force(view1, view2, temperature, keep):
    """The sums of the authors' code, shift by shift."""
    count = len(view1)
    o = [unit(v) for v in view1[:, 0]]
    s = [unit(v) for v in view1[:, 1]]
    a = [unit(x + y) for x, y in zip(o, s, strict=True)]
    b = [unit(unit(v[0]) + unit(v[1])) for v in view2]
    terms = []
    for i in keep.nonzero().flatten().tolist():
        forth = back = torch.tensor(1e-8, dtype=torch.float64)
        for shift in range(count):
            c, usable = a, keep.tolist()
            if shift:
                c = [unit(o[j] + 0.1 * s[j - shift].detach()) for j in range(count)]
                usable = [bool(keep[j] and keep[j - shift]) for j in range(count)]

            def similar(x, y, counts, temperature=temperature):
                return torch.exp(x @ y / temperature) * counts

            for j in [j for j in range(count) if j != i]:
                forth = forth + similar(c[i], c[j], usable[i] and usable[j])
                forth = forth + similar(c[i], b[j], usable[i] and bool(keep[j]))
                back = back + similar(b[i], b[j], bool(keep[j]))
                back = back + similar(b[i], c[j], usable[j])
        num = torch.exp(a[i] @ b[i] / temperature)
        terms += [torch.log(forth / num), torch.log(back / num)]
    return torch.stack(terms).mean()


def draw(rows=7, width=4):
    return torch.randn(2, rows, 2, width, dtype=torch.float64, requires_grad=True)


ALL = torch.ones(7, dtype=torch.bool)
SOME = torch.tensor([1, 1, 0, 1, 1, 0, 1], dtype=torch.bool)


@pytest.mark.parametrize('keep', [ALL, SOME], ids=['all', 'some'])
@pytest.mark.parametrize('swapped', [('sar',), ('optical',), ('sar', 'optical')])
@pytest.mark.parametrize('weight', [1.0, 0.3])
@pytest.mark.parametrize('join', list(JOINS))
@pytest.mark.parametrize('block', [2**25, 30])
def test_equals_brute_force_in_value_and_gradient(keep, swapped, weight, join, block):
    views = draw()
    ours = tuple_perturbation(
        *views, 0.5, Tuples(weight, None, swapped, join), keep, max_block_elements=block
    )
    theirs = brute_force(*views, 0.5, weight, swapped, keep, join)
    assert torch.allclose(ours, theirs, atol=1e-12)
    grads = [torch.autograd.grad(loss, views)[0] for loss in (ours, theirs)]
    assert torch.allclose(*grads, atol=1e-12)


@pytest.mark.parametrize('keep', [ALL, SOME], ids=['all', 'some'])
@pytest.mark.parametrize('block', [2**25, 60])
def test_published_form_equals_its_sums_in_value_and_gradient(keep, block):
    views = draw()
    ours = published_tuple_loss(*views, 0.5, keep, block)
    theirs = published_brute_force(*views, 0.5, keep)
    assert torch.allclose(ours, theirs, atol=1e-12)
    grads = [torch.autograd.grad(loss, views)[0] for loss in (ours, theirs)]
    assert torch.allclose(*grads, atol=1e-12)


def test_both_modalities_of_both_views_get_gradient():
    views = draw()
    (grad,) = torch.autograd.grad(tuple_perturbation(*views), views)
    assert (grad.flatten(3).norm(dim=(1, 3)) > 1e-3).all()


def test_broken_tuples_are_what_is_added_to_nt_xent():
    """Identical tuples that share nothing: closed form with and without the broken."""
    count, t = 8, 0.5
    parts = torch.eye(2 * count, dtype=torch.float64).unflatten(0, (2, count))
    view = parts.transpose(0, 1)
    plain = nt_xent(view.sum(1), view.sum(1))
    assert plain.item() == pytest.approx(math.log(2 * count - 2) - 1 / t)
    broken = tuple_perturbation(view, view, t, tuples=Tuples(max_shifts=None))
    # An intact and a broken tuple share one of two parts: their cosine is a half.
    below = 2 * count - 2 + (count - 1) * math.exp(0.5 / t)
    assert broken.item() == pytest.approx(math.log(below) - 1 / t)


def test_few_shifts_are_drawn_anew_and_never_the_own_part():
    views = draw(rows=12)
    torch.manual_seed(0)
    few = [
        tuple_perturbation(*views, tuples=Tuples(max_shifts=3)).item() for _ in range(8)
    ]
    none = nt_xent(
        *(torch.nn.functional.normalize(v, dim=-1).sum(1) for v in views)
    ).item()
    every = tuple_perturbation(*views, tuples=Tuples(max_shifts=None)).item()
    assert len(set(few)) > 4 and all(none < loss < every for loss in few)
    assert tuple_perturbation(
        *views, tuples=Tuples(max_shifts=11)
    ).item() == pytest.approx(every)


def test_other_domains_are_no_negatives():
    """Two domains in one batch give the mean of each alone."""
    one, two = draw(rows=5), draw(rows=5)
    groups = torch.tensor([0] * 5 + [1] * 5)
    both = tuple_perturbation(
        *torch.cat([one, two], 1), tuples=Tuples(max_shifts=None), groups=groups
    )
    apart = [
        tuple_perturbation(*views, tuples=Tuples(max_shifts=None))
        for views in (one, two)
    ]
    assert torch.allclose(both, sum(apart) / 2, atol=1e-12)


@pytest.mark.parametrize('published', [False, True])
def test_degenerate_batches_stay_finite(published):
    loss_fn = TuplePerturbationLoss(published=published)
    opposite = torch.randn(4, 1, 3).repeat(1, 2, 1) * torch.tensor([1.0, -1.0])[:, None]
    for views in (torch.randn(2, 1, 2, 3), torch.stack([opposite, opposite])):
        views.requires_grad_()
        loss = loss_fn(*views, keep=torch.ones(views.shape[1], dtype=torch.bool))
        (grad,) = torch.autograd.grad(loss, views)
        assert torch.isfinite(loss) and torch.isfinite(grad).all()
    assert loss_fn(*views, keep=torch.zeros(4, dtype=torch.bool)) == 0


@pytest.mark.parametrize('published', [False, True])
def test_float32_under_autocast(published):
    views = torch.randn(2, 16, 2, 8).bfloat16()
    loss_fn = TuplePerturbationLoss(published=published, max_shifts=None)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = loss_fn(*views)
    assert low.dtype == torch.float32
    assert torch.allclose(low, loss_fn(*views.float()), atol=1e-5)


def test_what_is_no_pair_of_tuples_is_refused():
    with pytest.raises(ValueError, match='two streams'):
        tuple_perturbation(*torch.randn(2, 4, 3))
    with pytest.raises(ValueError, match='swapped names'):
        TuplePerturbationLoss(swapped=['radar'])
    with pytest.raises(ValueError, match='join is one of'):
        TuplePerturbationLoss(join='product')
    with pytest.raises(ValueError, match='temperature must be positive'):
        TuplePerturbationLoss(temperature=0)
    with pytest.raises(ValueError, match='no domains'):
        TuplePerturbationLoss(published=True)(*draw(), groups=torch.zeros(7).long())


def _half(rank, views, keep):
    own = slice(rank * 4, rank * 4 + 4)
    part = views[:, own].clone().requires_grad_()
    loss = tuple_perturbation(*part, tuples=Tuples(max_shifts=None), keep=keep[own])
    loss.backward()
    total = loss.detach() / 2
    torch.distributed.all_reduce(total)
    return total, part.grad / 2


def test_two_processes_equal_one_on_the_same_batch():
    torch.manual_seed(1)
    views = torch.randn(2, 8, 2, 5, dtype=torch.float64, requires_grad=True)
    keep = torch.tensor([1, 1, 0, 1, 1, 1, 1, 0], dtype=torch.bool)
    loss = tuple_perturbation(*views, tuples=Tuples(max_shifts=None), keep=keep)
    loss.backward()
    totals, grads = zip(*run_on_two(_half, views.detach(), keep), strict=True)
    assert totals[0].item() == pytest.approx(loss.item(), abs=1e-12)
    assert torch.allclose(torch.cat(grads, 1), views.grad, atol=1e-10)
