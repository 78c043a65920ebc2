"""A function in the two processes of a distributed run."""

import tempfile
from pathlib import Path

import torch
import torch.multiprocessing as mp
from torch import distributed


def run_on_two(function, *args):
    """What ``function(rank, *args)`` returns in either process, rank 0 first.

    Args:
        function: One at the top of its module, for the processes import it.
        args: Tensors without a gradient and what else can be pickled.
    """
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(_run, (Path(folder), function, args), nprocs=2)
        return [torch.load(Path(folder, str(rank))) for rank in (0, 1)]


def _run(rank, folder, function, args):
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2
    )
    torch.save(function(rank, *args), folder / str(rank))
    distributed.destroy_process_group()
