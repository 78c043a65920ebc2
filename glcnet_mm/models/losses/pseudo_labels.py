"""Parts of learning from pseudo-labels."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from torch import Tensor


def pseudo_label_loss(
    logits: Tensor, labels: Tensor, trusted: Tensor, valid: Tensor
) -> Tensor:
    """Cross-entropy with labels that are trusted, as a mean over all valid pixels.

    Of several processes, the mean of their losses is that of all their pixels.

    Args:
        logits: ``(N, K, H, W)``.
        labels: ``(N, H, W)`` class numbers.
        trusted: ``(N, H, W)`` bool; what is not adds 0.
        valid: ``(N, H, W)`` bool.
    """
    losses = F.cross_entropy(logits.float(), labels, reduction='none')
    count = valid.sum().float()
    all_reduce(count, 'mean')
    return (losses * (trusted & valid)).sum() / count.clamp(min=1)


def mix(values: Tensor, boxes: Tensor) -> Tensor:
    """CutMix with the partner, which is the other one of a pair of neighbours.

    Args:
        values: ``(N, ..., H, W)`` with even N.
        boxes: ``(N, 4)`` of ``(x1, y1, x2, y2)`` in pixels, half-open.
    """
    y, x = (torch.arange(n, device=values.device) for n in values.shape[-2:])
    x1, y1, x2, y2 = boxes[:, :, None, None].unbind(1)
    inside = (x >= x1) & (x < x2) & (y[:, None] >= y1) & (y[:, None] < y2)
    partners = values.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
    inside = inside[:, None] if values.dim() == 4 else inside
    return torch.where(inside, partners, values)


def drop_complements(
    first: Sequence[Tensor], second: Sequence[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Complementary dropout of the features of two views (UniMatch V2, Sec. 3.3).

    Of each channel one view has twice its values and the other none, so that the
    expectation stays; a random half of the windows keeps both as they are.

    Args:
        first: Maps ``(N, C, h, w)`` of one view.
        second: The same of the other.
    """
    dropped: tuple[list[Tensor], list[Tensor]] = ([], [])
    for one, other in zip(first, second, strict=True):
        keep = 2 * torch.randint(2, (*one.shape[:2], 1, 1), device=one.device)
        keep[torch.randperm(len(one))[: len(one) // 2]] = 1
        dropped[0].append(one * keep)
        dropped[1].append(other * (2 - keep))
    return dropped


def ramp(step: int, length: int) -> float:
    """From about 0 to 1 (Laine and Aila, ICLR 2017)."""
    return math.exp(-5 * (1 - min(step / max(length, 1), 1)) ** 2)
