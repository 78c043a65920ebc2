"""Contrast of optical and SAR tuples, some of them broken on purpose (TMCNet, 2025)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmengine import dist
from mmengine.registry import MODELS
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...errors import UserError
from .gather import gather_with_gradient
from .nt_xent import BLOCK_ELEMENTS, EPSILON, Form, full_precision, nt_xent_with

MODALITIES = ('optical', 'sar')
JOINS = ('sum', 'concat')
# Weight of the SAR part of a broken tuple in the published form.
PUBLISHED_WEIGHT = 0.1
# Keeps the norm of a tuple of opposite parts off 0.
SMALLEST_SQUARE = 1e-6


@dataclass(frozen=True)
class Tuples:
    """How tuples are made and broken.

    Attributes:
        sar_weight: w of :func:`tuple_perturbation`.
        max_shifts: Broken tuples of every tuple and modality, drawn anew each time,
            the same distances k - i for all; None takes all there are.
        swapped: Modalities that broken tuples have from elsewhere.
        join: ``sum``, or ``concat`` for ``t_i = [o_i, w s_i]``, in which no part can
            cancel the other or outweigh it.

    Raises:
        UserError: There is no such modality or form.
    """

    sar_weight: float = 1.0
    max_shifts: int | None = 16
    swapped: Sequence[str] = ('sar',)
    join: str = 'sum'

    def __post_init__(self) -> None:
        unknown = [name for name in self.swapped if name not in MODALITIES]
        if unknown or not self.swapped:
            raise UserError(f'swapped names some of {MODALITIES}, got {self.swapped}')
        if self.join not in JOINS:
            raise UserError(f'join is one of {JOINS}, got "{self.join}"')


PLAIN = Tuples()


def tuple_perturbation(
    view1: Tensor,
    view2: Tensor,
    temperature: float = 0.5,
    tuples: Tuples = PLAIN,
    keep: Tensor | None = None,
    groups: Tensor | None = None,
    max_block_elements: int = BLOCK_ELEMENTS,
) -> Tensor:
    """NT-Xent of tuples whose broken copies are negatives of themselves.

    With unit vectors o and s, an intact tuple is ``t_i = o_i + w s_i`` of one view,
    its partner ``t'_i`` that of the other. To the negatives of NT-Xent, all tuples of
    other samples, come ``u_ik = o_i + w s_k``: right in one modality, wrong in the
    other. Their cosines follow from those of the parts, so no ``u`` is ever made.

    The published form leaves these hard negatives out; see ``published_tuple_loss``.

    Args:
        view1: ``(M, 2, D)`` embeddings of optical and SAR, any scale.
        view2: ``(M, 2, D)``, row i matching row i of ``view1``.
        temperature: Positive.
        tuples: How they are made and broken.
        keep: ``(M,)`` bool; False leaves a pair out as anchor, negative and part.
        groups: ``(M,)`` int64; see ``nt_xent``.
        max_block_elements: See ``nt_xent``.

    Returns:
        A scalar; 0 when no pair is kept.
    """
    with torch.autocast(view1.device.type, enabled=False):
        view1, view2 = _unit_parts(view1, view2)
        if tuples.join == 'concat':
            view1, view2 = _side_by_side(view1), _side_by_side(view2)
        weight, shifts = tuples.sar_weight, tuples.max_shifts
        intact1, intact2 = (_join(view, weight) for view in (view1, view2))
        partners, wrong = _partners(len(view1), shifts, view1.device, keep, groups)
        hard = []
        for view, other in ((view1, intact2), (view2, intact1)):
            parts = view, gather_with_gradient(view), other, weight, partners
            cosines = [_broken_cosines(*parts, name) for name in tuples.swapped]
            hard.append(
                torch.cat([c.masked_fill(wrong, -torch.inf) for c in cosines], 1)
            )
        form = Form(temperature, block_elements=max_block_elements)
        return nt_xent_with(intact1, intact2, form, torch.stack(hard), keep, groups)


def published_tuple_loss(
    view1: Tensor,
    view2: Tensor,
    temperature: float = 0.5,
    keep: Tensor | None = None,
    max_block_elements: int = BLOCK_ELEMENTS,
) -> Tensor:
    """The loss as the authors' code has it, for comparisons.

    Intact tuples ``a = o + s`` (view 1) and ``b`` (view 2); for every shift r of the M
    rows ``c_i = o_i + 0.1 s_(i-r)`` of view 1, the shifted part without gradient, and
    ``c = a`` for r = 0. A row's negatives are the c and b of other rows under every
    shift, so b against b counts M times, and c_i against b_i never. Negatives are those
    of the process. Grows with M^3; the gradient recomputes blocks of shifts.

    Args:
        view1: As in ``tuple_perturbation``.
        view2: The same.
        temperature: Positive.
        keep: The same.
        max_block_elements: Of a block of shifts.
    """
    with torch.autocast(view1.device.type, enabled=False):
        view1, view2 = _unit_parts(view1, view2)
        if keep is None:
            keep = view1.new_ones(len(view1), dtype=torch.bool)
        intact, target = (
            F.normalize(_join(view, 1.0), dim=1) for view in (view1, view2)
        )
        positive = (intact * target).sum(1) / temperature
        others = keep & ~torch.eye(len(keep), dtype=torch.bool, device=keep.device)
        among = _exp_sum(target @ target.T / temperature, others)
        forth = _exp_sum(intact @ intact.T / temperature, others)
        forth = forth + _exp_sum(intact @ target.T / temperature, others)
        back = len(keep) * among + _exp_sum(target @ intact.T / temperature, others)
        broken = view1[:, 0], view1[:, 1].detach(), target
        for shifts in _blocks_of_shifts(len(keep), max_block_elements, keep.device):
            sums = checkpoint(
                _shifted_sums, *broken, shifts, keep, temperature, use_reentrant=False
            )
            forth, back = forth + sums[0], back + sums[1]
        losses = (forth + EPSILON).log() + (back + EPSILON).log() - 2 * positive
        return losses.masked_fill(~keep, 0.0).sum() / (2 * keep.sum().clamp(min=1))


def _unit_parts(view1: Tensor, view2: Tensor) -> list[Tensor]:
    if view1.shape != view2.shape or view1.dim() != 3 or view1.shape[1] != 2:
        raise UserError(
            f'Tuples are (M, 2, D) tensors of one shape, got {tuple(view1.shape)} and '
            f'{tuple(view2.shape)}; the backbone must give two streams.'
        )
    return [F.normalize(full_precision(view), dim=-1) for view in (view1, view2)]


def _side_by_side(view: Tensor) -> Tensor:
    """Parts ``(M, 2, D)`` on axes of their own, ``(M, 2, 2D)``, so that sums join."""
    width = view.shape[-1]
    optical, sar = view.unbind(1)
    return torch.stack([F.pad(optical, (0, width)), F.pad(sar, (width, 0))], 1)


def _join(view: Tensor, sar_weight: float) -> Tensor:
    return view[:, 0] + sar_weight * view[:, 1]


def _partners(
    rows: int,
    max_shifts: int | None,
    device: torch.device,
    keep: Tensor | None,
    groups: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Whose part each row is broken with, and which of these must not count.

    Both are ``(M, K)``; the numbers are those of the rows of all processes.
    """
    total = rows * dist.get_world_size()
    own = torch.arange(rows, device=device) + rows * dist.get_rank()
    if max_shifts is None or max_shifts >= total - 1:
        shifts = torch.arange(1, total, device=device)
    else:
        shifts = torch.randperm(total - 1, device=device)[:max_shifts] + 1
    partners = (own[:, None] + shifts) % total
    wrong = torch.zeros_like(partners, dtype=torch.bool)
    if keep is not None:
        wrong |= ~torch.cat(dist.all_gather(keep))[partners]
    if groups is not None:
        groups = torch.cat(dist.all_gather(groups))
        wrong |= groups[partners] != groups[own, None]
    return partners, wrong


def _broken_cosines(
    view: Tensor,
    everyone: Tensor,
    target: Tensor,
    sar_weight: float,
    partners: Tensor,
    swapped: str,
) -> Tensor:
    """Cosines ``(M, K)`` of broken tuples with the intact ones of the other view."""
    weights = (1.0, sar_weight)
    wrong = MODALITIES.index(swapped)
    right = 1 - wrong
    target = F.normalize(target, dim=1)
    to_target = weights[right] * (view[:, right] * target).sum(1, keepdim=True)
    to_target = to_target + weights[wrong] * (target @ everyone[:, wrong].T).gather(
        1, partners
    )
    between = (view[:, right] @ everyone[:, wrong].T).gather(1, partners)
    square = 1 + sar_weight**2 + 2 * sar_weight * between
    return to_target * square.clamp(min=SMALLEST_SQUARE).rsqrt()


def _blocks_of_shifts(
    rows: int, max_elements: int, device: torch.device
) -> Iterator[Tensor]:
    """Shifts 1 to M - 1 in blocks."""
    return iter(
        torch.arange(1, rows, device=device).split(max(1, max_elements // rows**2))
    )


def _shifted_sums(
    optical: Tensor,
    sar: Tensor,
    target: Tensor,
    shifts: Tensor,
    keep: Tensor,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """What shifts ``(B,)`` add to the denominators ``(M,)`` of both directions."""
    beta, count = PUBLISHED_WEIGHT, len(optical)
    index = torch.arange(count, device=optical.device)
    source = (index - shifts[:, None]) % count  # (B, M), whose SAR row i gets
    optical_sar, rows = optical @ sar.T, index[:, None]
    square = 1 + beta**2 + 2 * beta * optical_sar[index, source]
    norm = square.clamp(min=SMALLEST_SQUARE).rsqrt()
    cross = optical_sar[rows, source[:, None]]  # o_i with the SAR of row j
    swapped = (sar @ sar.T)[source[:, :, None], source[:, None]]
    broken = optical @ optical.T + beta * (cross + cross.mT) + beta**2 * swapped
    broken = broken * norm[:, :, None] * norm[:, None]
    to_target = optical @ target.T + beta * (sar @ target.T)[source]
    to_target = to_target * norm[:, :, None]
    usable = keep & keep[source]
    others = ~torch.eye(count, dtype=torch.bool, device=keep.device)
    pairs = usable[:, :, None] & usable[:, None] & others
    mixed = usable[:, :, None] & keep & others
    forth = _exp_sum(broken / temperature, pairs)
    forth = forth + _exp_sum(to_target / temperature, mixed)
    return forth.sum(0), _exp_sum(to_target.mT / temperature, mixed.mT).sum(0)


def _exp_sum(logits: Tensor, mask: Tensor) -> Tensor:
    return (logits.exp() * mask).sum(-1)


@MODELS.register_module()
class TuplePerturbationLoss(nn.Module):
    """Config face of :func:`tuple_perturbation`; see there for the arguments.

    Args:
        temperature: Positive.
        sar_weight: See :class:`Tuples`.
        max_shifts: See there.
        swapped: See there.
        join: See there.
        published: Use :func:`published_tuple_loss`, which has none of the four.
        max_block_elements: See there.
    """

    def __init__(
        self,
        temperature: float = 0.5,
        sar_weight: float = 1.0,
        max_shifts: int | None = 16,
        swapped: Sequence[str] = ('sar',),
        join: str = 'sum',
        published: bool = False,
        max_block_elements: int = BLOCK_ELEMENTS,
    ) -> None:
        super().__init__()
        if temperature <= 0:
            raise UserError(f'The temperature must be positive, got {temperature}')
        self.temperature, self.max_block_elements = temperature, max_block_elements
        self.tuples = Tuples(sar_weight, max_shifts, tuple(swapped), join)
        self.published = published

    def forward(
        self,
        view1: Tensor,
        view2: Tensor,
        keep: Tensor | None = None,
        groups: Tensor | None = None,
    ) -> Tensor:
        """Loss of ``(M, 2, D)`` embeddings, a scalar."""
        if self.published:
            if groups is not None:
                raise UserError('The published form knows no domains.')
            return published_tuple_loss(
                view1, view2, self.temperature, keep, self.max_block_elements
            )
        return tuple_perturbation(
            view1,
            view2,
            self.temperature,
            self.tuples,
            keep,
            groups,
            self.max_block_elements,
        )
