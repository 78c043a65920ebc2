"""Runs a study: which pre-training helps, how much, at which share of the labels.

    python tools/label_efficiency.py STUDY.py --dry-run
    python tools/label_efficiency.py STUDY.py --jobs 2

What is done is not done again, so a stopped study goes on when called again. On a
cluster, every line of --dry-run's list is a job of its own (pre-trainings first);
a last call without --cell gathers the results. See docs/studies.md.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import run_tool
from glcnet_mm.errors import UserError


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('study', help='study file')
    parser.add_argument(
        '--jobs', type=int, default=1, help='runs at a time, sharing cores and GPUs'
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        '--dry-run', action='store_true', help='list the runs and estimate their time'
    )
    what.add_argument('--cell', metavar='NAME', help='run this one only')
    what.add_argument(
        '--report', action='store_true', help='report what is done, run nothing'
    )
    return parser.parse_args()


def main() -> None:
    """Checks the arguments and goes to work."""
    args = parse_args()
    if args.jobs < 1:
        raise UserError(f'--jobs must be at least 1, got {args.jobs}.')
    check_config_path(args.study, 'study')
    register()
    from glcnet_mm.studies.command import study_all

    study_all(args)


if __name__ == '__main__':
    run_tool(main)
