"""What the contrastive heads share: the projection and its diagnostics."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Of one modality, or of each.
Maps = Tensor | Sequence[Tensor]


def projection(*widths: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers, e.g. ``(512, 256, 64)``, with an activation between them."""
    layers: list[nn.Module] = []
    for width_in, width_out in zip(widths[:-1], widths[1:], strict=True):
        layers += [nn.Linear(width_in, width_out), activation()]
    return nn.Sequential(*layers[:-1])


def first_map(maps: Maps) -> Tensor:
    """The map of the first modality."""
    return maps if isinstance(maps, Tensor) else maps[0]


def embed_maps(embed: Callable[[Tensor], Tensor], maps: Maps) -> Tensor:
    """Embeddings ``(M, D)`` of a map, or ``(M, modalities, D)`` of several."""
    if isinstance(maps, Tensor):
        return embed(maps)
    return torch.stack([embed(one) for one in maps], 1)


@torch.no_grad()
def embedding_statistics(
    view1: Tensor, view2: Tensor, prefix: str, keep: Tensor | None = None
) -> dict[str, Tensor]:
    """Spread and similarities of ``(M, D)`` embeddings, to see a collapse.

    Of ``(M, modalities, D)`` embeddings, those of all modalities side by side.

    Returns:
        ``{prefix}_std``: mean over dimensions of the standard deviation of the
        normalised embeddings, times sqrt(D): about 1 when spread over the sphere, 0
        when collapsed. ``{prefix}_pos_sim`` and ``{prefix}_neg_sim``: mean cosine of
        matched and of all other pairs.
    """
    if keep is None:
        keep = torch.ones(len(view1), dtype=torch.bool, device=view1.device)
    weights = keep.double()
    z1, z2 = (
        F.normalize(F.normalize(v.double(), dim=-1).flatten(1), dim=-1)
        * weights[:, None]
        for v in (view1, view2)
    )
    pairs = weights.sum().clamp(min=1)
    z = torch.cat([z1, z2])
    total = z.sum(0)
    mean = total / (2 * pairs)
    spread = (z.square().sum(0) / (2 * pairs) - mean.square()).clamp(min=0).sqrt()
    positive = (z1 * z2).sum()
    # The sum over all pairs is |sum z|^2; take off the diagonal and the positives.
    negatives = total.square().sum() - 2 * pairs - 2 * positive
    count = (2 * pairs * (2 * pairs - 2)).clamp(min=1)
    return {
        f'{prefix}_std': (spread.mean() * z.shape[1] ** 0.5).float(),
        f'{prefix}_pos_sim': (positive / pairs).float(),
        f'{prefix}_neg_sim': (negatives / count).float(),
    }
