"""The processor cores that this process may use."""

import os


def usable_cores() -> int:
    """How many there are, those that a scheduler keeps for others left out."""
    usable = getattr(os, 'sched_getaffinity', None)
    return len(usable(0)) if usable else os.cpu_count() or 1
