"""Normalised temperature-scaled cross entropy, with the positive left out below."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from mmengine import dist
from mmengine.registry import MODELS
from torch import Tensor, nn

from ...errors import UserError
from .contrast_blocks import ContrastSum, Terms
from .gather import gather_with_gradient

# Keeps the logarithm finite when a row has no negative left.
EPSILON = 1e-8
# Enough for a matrix product to be at its best, and little beside the embeddings.
BLOCK_ELEMENTS = 2**22


@dataclass(frozen=True)
class Form:
    """Settings of :func:`nt_xent`; see there.

    Raises:
        UserError: Temperature or constant is not positive.
    """

    temperature: float = 0.5
    positive_in_denominator: bool = False
    constant: float = EPSILON
    block_elements: int = BLOCK_ELEMENTS

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise UserError(f'The temperature must be positive, got {self.temperature}')
        if self.constant <= 0:
            raise UserError(f'The constant must be positive, got {self.constant}')


def nt_xent(
    view1: Tensor,
    view2: Tensor,
    temperature: float = 0.5,
    positive_in_denominator: bool = False,
    keep: Tensor | None = None,
    max_block_elements: int = BLOCK_ELEMENTS,
    groups: Tensor | None = None,
    constant: float = EPSILON,
) -> Tensor:
    """NT-Xent of matched embeddings; equations 3 and 5 of GLCNet (TGRS 2022).

    ``l_i = -s(i, p(i)) / t + log(sum_{j != i, p(i)} exp(s(i, j) / t) + 1e-8)`` with
    the cosine s and the partner p(i) in the other view, averaged over both views. The
    paper keeps the positive out of the denominator; most other methods do not.

    Under a distributed launch the negatives come from all processes, with gradient,
    and the mean over processes of value and gradient equals that of one process
    holding the whole batch.

    Args:
        view1: ``(M, D)`` embeddings, any scale; M equal on all processes.
        view2: ``(M, D)``, row i matching row i of ``view1``.
        temperature: Positive.
        positive_in_denominator: The common form instead of the paper's.
        keep: ``(M,)`` bool; False leaves a pair out as anchor and as negative.
        max_block_elements: The similarity matrix is worked through in blocks of rows
            of at most this many elements; see ``contrast_blocks``.
        groups: ``(M,)`` int64; pairs of different groups are no negatives of each
            other. With None all are one group.
        constant: Added to every sum of the denominator. 1 is a masked diagonal whose
            similarity is set to 0 instead of left out (multi-task, JSTARS 2021).

    Returns:
        A scalar; 0 when no pair is kept. Its gradient has none itself.
    """
    form = Form(temperature, positive_in_denominator, constant, max_block_elements)
    return nt_xent_with(view1, view2, form, None, keep, groups)


def nt_xent_with(
    view1: Tensor,
    view2: Tensor,
    form: Form,
    hard: Tensor | None,
    keep: Tensor | None = None,
    groups: Tensor | None = None,
) -> Tensor:
    """As :func:`nt_xent`, with negatives that are no rows of the views.

    Args:
        view1: See there.
        view2: See there.
        form: Its other settings.
        hard: ``(2, M, K)`` cosines to further negatives of every row of both views;
            -inf leaves one out.
        keep: See there.
        groups: See there.
    """
    if view1.shape != view2.shape:
        raise UserError(f'Views differ in shape: {view1.shape} and {view2.shape}')
    with torch.autocast(view1.device.type, enabled=False):
        anchors = F.normalize(full_precision(torch.stack([view1, view2])), dim=-1)
        columns = gather_with_gradient(anchors.transpose(0, 1)).transpose(0, 1)
        kept = None if keep is None else torch.cat(dist.all_gather(keep))
        if groups is not None:
            groups = torch.cat(dist.all_gather(groups))
        terms = Terms(
            form.temperature,
            form.positive_in_denominator,
            form.constant,
            first=dist.get_rank() * len(view1),
            keep=keep,
            column_keep=kept,
            groups=groups,
            rows_per_block=max(1, form.block_elements // max(1, 2 * columns.shape[1])),
        )
        total = ContrastSum.apply(anchors, columns.contiguous(), hard, terms)
        pairs = columns.shape[1] if kept is None else kept.sum().clamp(min=1)
        return total * dist.get_world_size() / (2 * pairs)


def full_precision(x: Tensor) -> Tensor:
    """Float64 as it is, everything else as float32."""
    return x if x.dtype == torch.float64 else x.float()


@MODELS.register_module()
class NTXentLoss(nn.Module):
    """Config face of :func:`nt_xent`; see there for the arguments."""

    def __init__(
        self,
        temperature: float = 0.5,
        positive_in_denominator: bool = False,
        max_block_elements: int = BLOCK_ELEMENTS,
        constant: float = EPSILON,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.positive_in_denominator = positive_in_denominator
        self.max_block_elements = max_block_elements
        self.constant = constant

    def forward(
        self,
        view1: Tensor,
        view2: Tensor,
        keep: Tensor | None = None,
        groups: Tensor | None = None,
    ) -> Tensor:
        """Loss of ``(M, D)`` embeddings, a scalar."""
        return nt_xent(
            view1,
            view2,
            self.temperature,
            self.positive_in_denominator,
            keep,
            self.max_block_elements,
            groups,
            self.constant,
        )
