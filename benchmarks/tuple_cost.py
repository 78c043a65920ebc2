"""Cost of TMCNet's tuple loss beside NT-Xent of the same size.

    python benchmarks/tuple_cost.py

Writes benchmarks/results/tuple_cost.json: N samples of n_p regions give N times n_p
embeddings of 64 values; milliseconds of value and gradient on one CPU thread and
megabytes kept for the gradient, as ratios to NT-Xent in the same run.
"""

import torch
from common import median_ms, processor, write_result
from torch import Tensor, nn

from glcnet_mm.models.losses import NTXentLoss, TuplePerturbationLoss

VALUES = 64
SIZES = [(16, 1), (64, 1), (16, 4), (64, 4), (128, 4), (256, 4)]
# The published form grows with the third power.
MOST_PUBLISHED = 128
REPEATS = 7


def kept_megabytes(loss: nn.Module, views: Tensor) -> float:
    """What autograd keeps between value and gradient, every storage once."""
    sizes: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        value = loss(*views)
    value.backward()
    return sum(sizes.values()) / 1e6


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    forms = {
        'nt_xent': NTXentLoss(),
        'tuples_16_shifts': TuplePerturbationLoss(max_shifts=16),
        'tuples_all_shifts': TuplePerturbationLoss(max_shifts=None),
        'published': TuplePerturbationLoss(published=True),
    }
    table = {}
    for samples, regions in SIZES:
        rows = samples * regions
        pairs = torch.randn(2, rows, 2, VALUES, requires_grad=True)
        plain = torch.randn(2, rows, VALUES, requires_grad=True)
        row = {}
        for name, loss in forms.items():
            if name == 'published' and rows > MOST_PUBLISHED:
                continue
            views = plain if name == 'nt_xent' else pairs
            ms = median_ms(lambda _, f=loss, v=views: f(*v).backward(), REPEATS)
            row[name] = dict(ms=ms, megabytes=round(kept_megabytes(loss, views), 3))
        for found in row.values():
            for key in ('ms', 'megabytes'):
                found[f'{key}_by_nt_xent'] = round(found[key] / row['nt_xent'][key], 2)
        table[f'N={samples}, n_p={regions}'] = row
    write_result(
        'tuple_cost',
        dict(
            processor=processor(),
            threads=1,
            torch=torch.__version__,
            values=VALUES,
            sizes=table,
        ),
    )


if __name__ == '__main__':
    main()
