"""InfoNCE of queries against one positive key each and a queue of old keys."""

import torch
import torch.nn.functional as F
from torch import Tensor


def info_nce(
    query: Tensor, key: Tensor, negatives: Tensor, temperature: float
) -> Tensor:
    """Losses ``(M,)`` of unit vectors; the positive is among the candidates.

    Args:
        query: ``(M, D)``.
        key: ``(M, D)``, row i matching row i of ``query``.
        negatives: ``(K, D)``.
        temperature: Positive.
    """
    with torch.autocast(query.device.type, enabled=False):
        query, key = query.float(), key.float()
        positive = (query * key).sum(1, keepdim=True)
        logits = torch.cat([positive, query @ negatives.float().T], 1) / temperature
        first = logits.new_zeros(len(logits), dtype=torch.long)
        return F.cross_entropy(logits, first, reduction='none')
