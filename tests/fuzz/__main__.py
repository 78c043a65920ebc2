"""Damages rasters, labels, tables, checkpoints and results, and reads them.

    python -m tests.fuzz --seconds 600
    python -m tests.fuzz --cases 10000 --workers 2
    python -m tests.fuzz --seed 0 --first 4711 --cases 1

Every refusal must be one sentence of ours that names the file. Ends with 1 if there was
a traceback, a process that died, a case of more than five seconds, or a refusal that
does not name its file; the last form above repeats a case.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict

from .run import fuzz
from .worker import Outcome

WRONG = ('unnamed', 'traceback', 'hang', 'crash')
KINDS = ('accepted', 'refused', *WRONG)
SHOWN = 20


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m tests.fuzz',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--seconds', type=float, help='begin no case after so long')
    parser.add_argument('--cases', type=int, help='how many; 1000 without --seconds')
    parser.add_argument('--first', type=int, default=0, help='number of the first case')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--workers', type=int, default=1, help='processes at a time')
    args = parser.parse_args()
    if args.cases is None and args.seconds is None:
        args.cases = 1000
    return args


def main() -> None:
    args, start = parse_args(), time.monotonic()
    outcomes = []
    bounds = (args.seed, args.first, args.cases, args.seconds, args.workers)
    for outcome in fuzz(*bounds):
        outcomes.append(outcome)
        if outcome.kind in WRONG or args.cases == 1:
            print(f'case {outcome.case}, {outcome.name}: {outcome.kind}', flush=True)
            print(outcome.text.strip(), flush=True)
    print(table(outcomes))
    rate = len(outcomes) / (time.monotonic() - start)
    memory = max((outcome.memory for outcome in outcomes), default=0)
    print(f'{len(outcomes)} cases of seed {args.seed}, {rate:.0f} a second; a process '
          f'held at most {memory / 2**20:.0f} MB.')  # fmt: skip
    sys.exit(any(outcome.kind in WRONG for outcome in outcomes))


def table(outcomes: list[Outcome]) -> str:
    """Cases by group and kind, as Markdown."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.group].append(outcome)
    head = ['', 'cases', *KINDS, 'slowest, s']
    rows = [head, ['---'] * len(head)]
    for name, group in {**groups, 'all': outcomes}.items():
        counts = Counter(outcome.kind for outcome in group)
        slowest = max((outcome.seconds for outcome in group), default=0)
        numbers = [len(group), *(counts[kind] for kind in KINDS), f'{slowest:.1f}']
        rows.append([name, *map(str, numbers)])
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


if __name__ == '__main__':
    main()
