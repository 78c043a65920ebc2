"""The command that goes on with a run."""

import shlex
import sys
from pathlib import Path

from mmengine.dist import get_world_size


def resume_command() -> str:
    """How the user starts this run again where it ended, as a part of a sentence."""
    called = Path(sys.argv[0])
    if called.name != 'train.py' or get_world_size() > 1:
        return 'start it again as before with --resume (resume=True) to go on'
    words = ['python', *sys.argv]
    if '--resume' not in words:
        words.append('--resume')
    return f'go on with: {shlex.join(words)}'
