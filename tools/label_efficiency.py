"""Runs a study: which pre-training helps, how much, at which share of the labels.

    python tools/label_efficiency.py STUDY.py --dry-run
    python tools/label_efficiency.py STUDY.py --jobs 2

What is done is not done again, so a stopped study goes on when called again. On a
cluster, every line of --dry-run's list is a job of its own (pre-trainings first);
a last call without --cell gathers the results. See docs/studies.md.
"""

import argparse
import sys

from glcnet_mm.errors import UserError
from glcnet_mm.launch import run_tool
from glcnet_mm.studies.check import check_study
from glcnet_mm.studies.definition import read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.plan import find_cell, plan_cells
from glcnet_mm.studies.report import write_report
from glcnet_mm.studies.runs import BusyCell, run_cell
from glcnet_mm.studies.scheduler import BUSY, run_cells
from glcnet_mm.studies.summary import plan_text
from glcnet_mm.writable import check_folder


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
    """Plans, runs and reports."""
    args = parse_args()
    if args.jobs < 1:
        raise UserError(f'--jobs must be at least 1, got {args.jobs}.')
    study = read_study(args.study)
    check_folder(study.work_dir)
    cells = plan_cells(study)
    if args.report:
        print(f'The report is {write_report(study, cells)}.')
        return
    draw_splits(study)
    if args.cell:
        try:
            run_cell(study, find_cell(cells, args.cell, study))
        except BusyCell as error:
            print(error)
            sys.exit(BUSY)
        return
    check_study(study, cells)
    if args.dry_run:
        print(plan_text(study, cells, args.jobs))
        return
    failed = run_cells(study, cells, args.jobs)
    if len(failed) < len(cells):
        print(f'The report is {write_report(study, cells)}.')
    if failed:
        name, reason = next(iter(failed.items()))
        sys.exit(f'{len(failed)} runs failed, the first, {name}: {reason}')


if __name__ == '__main__':
    run_tool(main)
