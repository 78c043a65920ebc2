"""What every command-line tool begins with: arguments, clear errors, signals.

Imports nothing that takes long, so that a tool answers at once what it can.
"""

import argparse
import atexit
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from mmengine.config import DictAction

from ..errors import UserError, sentence_of
from .progress import clear_progress
from .quiet import keep_warnings

__all__ = ['INTERRUPTED_STATUS', 'STATUS', 'DictAction', 'run_tool', 'stock_parser']
STATUS = 128 + signal.SIGTERM
INTERRUPTED_STATUS = 128 + signal.SIGINT
OPEN_FILES = 65536


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


def run_tool(main: Callable[[], None]) -> None:
    """Runs a tool; an error that the user can mend ends it with its sentence alone.

    One of several processes that share a run ends here, whatever its status.

    SIGTERM ends it with the status 143, Ctrl-C with 130, and both remove what it had
    begun to write; a training saves its state, see ``SafeCheckpointHook``.
    """
    try:
        _run(main)
    except SystemExit as end:
        _leave_run(end.code)
        raise
    _leave_run(None)


def _run(main: Callable[[], None]) -> None:
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
    if not _shares_run():
        return False
    text = str(error).lower()
    return any(sign in text for sign in ('timed out', 'timeout', 'connection closed'))


def _shares_run() -> bool:
    """Whether this is one of several processes; without torch it is not."""
    distributed = getattr(sys.modules.get('torch'), 'distributed', None)
    return distributed is not None and distributed.is_initialized()


def _leave_run(status: str | int | None) -> None:
    """Ends one of several processes without tearing down what connects them.

    The threads of gloo now and then abort a process that is done ("terminate called
    without an active exception"), and the launcher then calls the whole run failed.
    """
    if not _shares_run():
        return
    if isinstance(status, str):
        print(status, file=sys.stderr)  # noqa: T201
        status = 1
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        # Output that finds no room is no reason to end otherwise than the run did.
        os._exit(status or 0)


def _allow_open_files() -> None:
    """Takes as many open files as the system grants; mosaics and workers need them."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)
    if now == resource.RLIM_INFINITY or now >= granted:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, most))
