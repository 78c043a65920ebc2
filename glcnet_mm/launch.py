"""What the tools that train and test share: configs, processes without GPUs."""

import argparse
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from .config import change_config, read_config
from .errors import UserError
from .settings.top_level import check_options
from .writable import check_folder

# How long a process waits for the others where the config says nothing.
TIMEOUT_SECONDS = 1800
# The last checkpoint stays until the next one is whole; beside the weights it has up to
# two moments of the optimiser of the same size.
CHECKPOINTS, WITH_OPTIMISER = 2, 3


def load_config(args: argparse.Namespace) -> Config:
    """The config with the command line's changes, ready for a runner."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    config = read_config(args.config)
    check_options(config, args.cfg_options or ())
    change_config(config, args.config, args.cfg_options)
    config.launcher = args.launcher
    if args.work_dir:
        config.work_dir = args.work_dir
    elif not config.get('work_dir'):
        config.work_dir = f'./work_dirs/{Path(args.config).stem}'
    check_folder(config.work_dir)
    if args.launcher != 'none' and not torch.cuda.is_available():
        join_on_cpus(config, args.launcher)
    return config


def join_on_cpus(config: Config, launcher: str) -> None:
    """Joins the group of processes; mmengine selects a GPU first, which may not be."""
    if launcher == 'slurm':
        os.environ.update(slurm_environment())
    elif launcher != 'pytorch':
        return
    settings = config.get('env_cfg', {}).get('dist_cfg', {})
    timeout = settings.get('timeout') or TIMEOUT_SECONDS
    torch.distributed.init_process_group('gloo', timeout=timedelta(seconds=timeout))


def slurm_environment() -> dict[str, str]:
    """What torch asks for, from what Slurm tells a task."""
    tasks = dict(
        RANK='SLURM_PROCID', WORLD_SIZE='SLURM_NTASKS', LOCAL_RANK='SLURM_LOCALID'
    )
    missing = [name for name in tasks.values() if name not in os.environ]
    if missing:
        raise UserError(
            f'--launcher slurm needs {missing[0]}, which srun sets: start the tool by '
            f'tools/slurm_train.sh or tools/slurm_test.sh.'
        )
    found = {key: os.environ[name] for key, name in tasks.items()}
    nodes = os.environ.get('SLURM_STEP_NODELIST', os.environ.get('SLURM_NODELIST', ''))
    if 'MASTER_ADDR' not in os.environ:
        hosts = subprocess.run(
            ['scontrol', 'show', 'hostnames', nodes],
            capture_output=True,
            text=True,
            check=True,
        )
        found['MASTER_ADDR'] = hosts.stdout.split()[0]
    # Two jobs on one node need two ports; the number of the job tells them apart.
    job = int(os.environ.get('SLURM_JOB_ID', 0))
    found['MASTER_PORT'] = os.environ.get('MASTER_PORT', str(20000 + job % 20000))
    return found


def build_runner(config: Config) -> Runner:
    """The runner that the config asks for, ours where it asks for none."""
    config.setdefault('runner_type', 'ReadableRunner')
    return RUNNERS.build(config)


def train(runner: Runner) -> None:
    """Trains, if there is room for the checkpoints.

    Raises:
        UserError: There is not.
    """
    tensors = [*runner.model.parameters(), *runner.model.buffers()]
    weights = sum(tensor.nelement() * tensor.element_size() for tensor in tensors)
    check_folder(runner.work_dir, CHECKPOINTS * WITH_OPTIMISER * weights)
    runner.train()


def average_flips(config: Config) -> None:
    """Makes a test average its predictions over both flips."""
    config.model = dict(type='SegTTAModel', module=config.model)
    *steps, pack = config.test_dataloader.dataset.pipeline
    # The unchanged variant comes last, for it is the one whose sample is scored.
    flips = [
        dict(type='FlipWindow', direction=direction)
        for direction in ('horizontal', 'vertical', None)
    ]
    variants = dict(type='TestTimeAug', transforms=[flips, [pack]])
    config.test_dataloader.dataset.pipeline = [*steps, variants]
