"""A function in two processes of a run, forked from one that has the imports."""

import os
import tempfile
from pathlib import Path

import torch
import torch.multiprocessing as mp
from torch import distributed

from glcnet_mm.studies.worker import fork_server, set_environment

from .processes import ROOT


def run_on_two(function, *args):
    """What ``function(rank, *args)`` returns in either process, rank 0 first.

    Args:
        function: One at the top of its module, for the processes import it.
        args: Tensors without a gradient and what else can be pickled.
    """
    settings = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(ROOT))
    fork_server(settings)
    with tempfile.TemporaryDirectory() as folder:
        mp.start_processes(
            _run,
            (Path(folder), function, args, settings),
            nprocs=2,
            start_method='forkserver',
        )
        return [torch.load(Path(folder, str(rank))) for rank in (0, 1)]


def _run(rank, folder, function, args, environment):
    set_environment(environment)
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2
    )
    torch.save(function(rank, *args), folder / str(rank))
    distributed.destroy_process_group()
