"""What the command-line tools share: configs, processes without GPUs, clear errors."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

# Errors that a user can mend; their messages say how.
USER_ERRORS = (FileNotFoundError, ValueError, FloatingPointError, OSError)


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
    config = Config.fromfile(args.config)
    config.launcher = args.launcher
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    if args.work_dir:
        config.work_dir = args.work_dir
    elif not config.get('work_dir'):
        config.work_dir = f'./work_dirs/{Path(args.config).stem}'
    if args.launcher == 'pytorch' and not torch.cuda.is_available():
        # mmengine selects a GPU before it joins the group, which fails without one.
        torch.distributed.init_process_group('gloo')
    return config


def build_runner(config: Config) -> Runner:
    """The runner that the config asks for; it looks for dead taps, asked or not."""
    hooks = dict(config.get('default_hooks') or {})
    hooks.setdefault('dead_taps', dict(type='DeadTapsHook'))
    config.default_hooks = hooks
    return RUNNERS.build(config) if 'runner_type' in config else Runner.from_cfg(config)


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
    """Runs a tool; an error that the user can mend ends it with its sentence alone."""
    try:
        main()
    except USER_ERRORS as error:
        if not _is_ours(error):
            raise
        sys.exit(f'{type(error).__name__}: {error}')


def _is_ours(error: BaseException) -> bool:
    """Whether this package raised the error, rather than a library below it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    raised_in = Path(trace.tb_frame.f_code.co_filename).resolve()
    return Path(__file__).resolve().parent in raised_in.parents
