"""What the command-line tools share: configs, processes without GPUs, clear errors."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from .config import change_config, read_config
from .console.progress import clear_progress
from .console.quiet import keep_warnings
from .engine.stop_request import INTERRUPTED_STATUS, STATUS
from .errors import UserError, sentence_of
from .settings.top_level import check_options
from .writable import check_folder

# How long a process waits for the others where the config says nothing.
TIMEOUT_SECONDS = 1800
OPEN_FILES = 65536
# The last checkpoint stays until the next one is whole; beside the weights it has up to
# two moments of the optimiser of the same size.
CHECKPOINTS, WITH_OPTIMISER = 2, 3


def stock_parser(description: str) -> argparse.ArgumentParser:
    """The options that mmseg's and mmpretrain's train.py and test.py have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings that override the config, as key=value or nested.key=value',
    )
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none'
    )
    # torch.distributed.launch passes --local-rank, older ones --local_rank.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    return parser


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


def run_tool(main: Callable[[], None]) -> None:
    """Runs a tool; an error that the user can mend ends it with its sentence alone.

    SIGTERM ends it with the status 143, Ctrl-C with 130, and both remove what it had
    begun to write; a training saves its state, see ``SafeCheckpointHook``.
    """
    _allow_open_files()
    keep_warnings()
    before = signal.signal(signal.SIGTERM, _end)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):
            # A name that the terminal cannot show is no reason to stop.
            stream.reconfigure(errors='backslashreplace')
    try:
        main()
    except KeyboardInterrupt:
        clear_progress()
        print('Stopped.', file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED_STATUS)
    except UserError as error:
        clear_progress()
        sys.exit(f'Error: {sentence_of(error)}')
    except OSError as error:
        # What the system says of a file: no space left, no permission.
        if not error.filename:
            raise
        sys.exit(f'Error: {error}')
    except RuntimeError as error:
        if not _is_timeout(error):
            raise
        sys.exit(
            f'{type(error).__name__}: another process has not answered within the '
            f'timeout (env_cfg.dist_cfg.timeout): it has ended or hangs; look at its '
            f'log, then go on with --resume. ({str(error).splitlines()[0]})'
        )
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(*_: Any) -> None:
    sys.exit(STATUS)


def _is_timeout(error: RuntimeError) -> bool:
    """Whether a collective call has waited in vain."""
    if not torch.distributed.is_initialized():
        return False
    text = str(error).lower()
    return any(sign in text for sign in ('timed out', 'timeout', 'connection closed'))


def _allow_open_files() -> None:
    """Takes as many open files as the system grants; mosaics and workers need them."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(now, min(most, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
