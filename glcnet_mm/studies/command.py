"""What the tool for studies does, from the plan to the report."""

import argparse
import sys

from ..writable import check_folder
from .check import check_study
from .chosen_draws import draw_chosen, run_study
from .definition import read_study
from .draws import draw_splits
from .plan import find_cell, plan_cells
from .report import write_report
from .summary import plan_text
from .worker import run_or_be_busy


def study_all(args: argparse.Namespace) -> None:
    """Plans, runs and reports.

    Args:
        args: Of ``tools/label_efficiency.py``.
    """
    study = read_study(args.study)
    check_folder(study.work_dir)
    cells = plan_cells(study)
    if args.report:
        print(f'The report is {write_report(study, cells)}.')  # noqa: T201
        return
    draw_splits(study)
    draw_chosen(study, cells)
    if args.cell:
        run_or_be_busy(study, find_cell(cells, args.cell, study))
        return
    check_study(study, cells)
    if args.dry_run:
        print(plan_text(study, cells, args.jobs))  # noqa: T201
        return
    failed = run_study(study, cells, args.jobs)
    if len(failed) < len(cells):
        print(f'The report is {write_report(study, cells)}.')  # noqa: T201
    if failed:
        name, reason = next(iter(failed.items()))
        sys.exit(f'{len(failed)} runs failed, the first, {name}: {reason}')
