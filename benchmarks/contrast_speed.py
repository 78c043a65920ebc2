"""Times NT-Xent, value and gradient, beside cosine similarities by broadcasting.

    python benchmarks/contrast_speed.py

Writes benchmarks/results/contrast_speed.json: 512 pairs of 64 values on one CPU thread.
"""

import torch
import torch.nn.functional as F
from common import median_ms, processor, write_result
from torch import Tensor

from glcnet_mm.models.losses import NTXentLoss

PAIRS, VALUES, TEMPERATURE = 512, 64, 0.5


def by_broadcast(view1: Tensor, view2: Tensor) -> Tensor:
    """The same loss from a ``(2M, 2M, D)`` broadcast."""
    both = torch.cat([view1, view2])
    similar = F.cosine_similarity(both[:, None], both[None], dim=-1) / TEMPERATURE
    partner = torch.arange(len(both)).roll(len(view1))
    own = torch.arange(len(both))
    positive = similar[own, partner]
    left_out = F.one_hot(own) + F.one_hot(partner) > 0
    negatives = similar.masked_fill(left_out, float('-inf'))
    return (negatives.logsumexp(1) - positive).mean()


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    views = [torch.randn(PAIRS, VALUES, requires_grad=True) for _ in range(2)]
    product = NTXentLoss(temperature=TEMPERATURE)
    blocks = NTXentLoss(temperature=TEMPERATURE, max_block_elements=2**16)
    assert torch.allclose(product(*views), by_broadcast(*views), atol=1e-4)
    times = [
        median_ms(lambda _, loss=loss: loss(*views).backward(), 5)
        for loss in (product, blocks, by_broadcast)
    ]
    write_result(
        'contrast_speed',
        dict(
            processor=processor(),
            threads=1,
            torch=torch.__version__,
            pairs=PAIRS,
            matrix_product_ms=times[0],
            in_blocks_ms=times[1],
            broadcast_ms=times[2],
            broadcast_by_matrix_product=round(times[2] / times[0], 1),
        ),
    )


if __name__ == '__main__':
    main()
