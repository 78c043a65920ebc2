"""A lock in the hands of another process."""

import subprocess
import sys
from contextlib import contextmanager

HOLD = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print('held', flush=True)
    input()
"""


@contextmanager
def other_process(path):
    """Another process that holds a lock until it is killed."""
    command = [sys.executable, '-c', HOLD, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as other:
        other.stdout.readline()
        yield
        other.kill()
