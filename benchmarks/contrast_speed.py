"""Times NT-Xent, value and gradient, beside two plain ways to write it.

    python benchmarks/contrast_speed.py

Writes benchmarks/results/contrast_speed.json. On one CPU thread, processor time: cosine
similarities by broadcasting for 512 pairs, and one similarity matrix with cross entropy
for up to 8,192, whose memory is measured in a process of its own.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from common import processor, write_result
from torch import Tensor

from glcnet_mm.models.losses import NTXentLoss

VALUES, TEMPERATURE, REPEATS = 128, 0.5, 5
PAIRS = (1024, 4096, 8192)
FEW = 512


def by_blocks(view1: Tensor, view2: Tensor) -> Tensor:
    """The package's own, in the common form that the plain ones have."""
    return NTXentLoss(TEMPERATURE, positive_in_denominator=True)(view1, view2)


def by_matrix(view1: Tensor, view2: Tensor) -> Tensor:
    """From the whole matrix of similarities, as most code has it."""
    both = F.normalize(torch.cat([view1, view2]), dim=1)
    own = torch.eye(len(both), dtype=torch.bool)
    logits = (both @ both.T / TEMPERATURE).masked_fill(own, float('-inf'))
    return F.cross_entropy(logits, torch.arange(len(both)).roll(len(view1)))


def by_broadcast(view1: Tensor, view2: Tensor) -> Tensor:
    """From a ``(2M, 2M, D)`` broadcast."""
    both = torch.cat([view1, view2])
    similar = F.cosine_similarity(both[:, None], both[None], dim=-1) / TEMPERATURE
    own = torch.eye(len(both), dtype=torch.bool)
    partner = torch.arange(len(both)).roll(len(view1))
    return F.cross_entropy(similar.masked_fill(own, float('-inf')), partner)


WAYS = dict(blocks=by_blocks, matrix=by_matrix, broadcast=by_broadcast)


def _views(pairs: int) -> list[Tensor]:
    torch.manual_seed(0)
    return [torch.randn(pairs, VALUES, requires_grad=True) for _ in range(2)]


def _seconds(way: Callable[[Tensor, Tensor], Tensor], views: list[Tensor]) -> float:
    start = time.process_time()
    way(*views).backward()
    return time.process_time() - start


def _ratio(pairs: int, other: str) -> dict:
    """Seconds of both, in turn, and the median of their ratios with its range."""
    views, seconds = _views(pairs), dict(blocks=[], other=[])
    for _ in range(REPEATS):
        seconds['blocks'].append(_seconds(by_blocks, views))
        seconds['other'].append(_seconds(WAYS[other], views))
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    return dict(
        pairs=pairs,
        blocks_s=round(median(seconds['blocks']), 4),
        **{f'{other}_s': round(median(seconds['other']), 4)},
        ratio=round(median(ratios), 3),
        ratio_range=[round(min(ratios), 3), round(max(ratios), 3)],
    )


def _peak_mib(way: str, pairs: int) -> float:
    """Memory that one call adds to the peak of a fresh process."""
    command = [sys.executable, __file__, '--peak', way, '--pairs', str(pairs)]
    return json.loads(subprocess.check_output(command, text=True))


def _print_peak(way: str, pairs: int) -> None:
    views = _views(pairs)
    # The libraries' own buffers are no memory of the loss.
    _seconds(WAYS[way], _views(32))
    # A child begins with the peak of its parent; Linux resets it by this.
    Path('/proc/self/clear_refs').write_text('5')
    before = _status_kib('VmRSS')
    _seconds(WAYS[way], views)
    print(json.dumps(round((_status_kib('VmHWM') - before) / 1024, 1)))


def _status_kib(name: str) -> int:
    status = Path('/proc/self/status').read_text()
    return int(re.search(rf'{name}:\s+(\d+)', status)[1])


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--peak', choices=WAYS)
    parser.add_argument('--pairs', type=int)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.peak:
        _print_peak(args.peak, args.pairs)
        return
    views = _views(FEW)
    values = torch.stack([way(*views) for way in WAYS.values()])
    assert torch.allclose(values, values[0], atol=1e-4)
    rows = [_ratio(FEW, 'broadcast'), *(_ratio(pairs, 'matrix') for pairs in PAIRS)]
    for row in rows[1:]:
        matrix_mib = (2 * row['pairs']) ** 2 * 4 / 2**20
        row['one_matrix_mib'] = round(matrix_mib, 1)
        for way in ('blocks', 'matrix'):
            row[f'{way}_peak_mib'] = _peak_mib(way, row['pairs'])
    write_result(
        'contrast_speed',
        dict(processor=processor(), threads=1, torch=torch.__version__, rows=rows),
    )


if __name__ == '__main__':
    main()
