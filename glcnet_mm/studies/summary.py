"""The plan of a study in words: its runs, their commands and their time."""

import shlex
from collections.abc import Mapping

from ..console.duration import readable_time
from ..wording import counted
from .definition import Study
from .plan import Cell
from .runs import is_done
from .scheduler import cell_command
from .timing import expected_seconds, measure_durations


def plan_text(study: Study, cells: Mapping[str, Cell], jobs: int) -> str:
    """One command a run that is left, and an estimate of the time they take.

    Runs a few iterations of what has never been run, to know their time.
    """
    left = [cell for cell in cells.values() if not is_done(study, cell)]
    every, done = counted(len(cells), 'run'), len(cells) - len(left)
    lines = [f'{every}, {done} of them done. Left:']
    lines += [f'  {shlex.join(cell_command(study, cell))}' for cell in left]
    durations = measure_durations(study, cells, left)
    for (kind, method), seconds in sorted(durations.items()):
        name = f'{kind} {method}'.strip()
        lines.append(f'{name}: about {readable_time(seconds)}')
    total = sum(filter(None, (expected_seconds(cell, durations) for cell in left)))
    lines.append(
        f'In all about {readable_time(total)}, with --jobs {jobs} at best '
        f'{readable_time(total / jobs)}.'
    )
    return '\n'.join(lines)
