"""Rewrites striped GeoTIFFs as tiles, which windows are read from many times faster.

    python tools/retile.py IN... --out FOLDER
    python tools/retile.py IN... --replace

IN are rasters, folders, patterns or list files. Pixels and all else that a file says
are kept, and compared before the new file gets its name.
"""

import argparse
import os
import sys

from glcnet_mm.console.tool import run_tool
from glcnet_mm.rasters.retile import Job, plan, retile_all
from glcnet_mm.wording import counted


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('sources', nargs='+', metavar='IN')
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument('--out', help='folder for the new files')
    where.add_argument(
        '--replace', action='store_true', help='put the new files in place of the old'
    )
    parser.add_argument(
        '--overviews', action='store_true', help='add halved sizes where there are none'
    )
    return parser.parse_args()


def main() -> None:
    """Rewrites one file after the other."""
    args = parse_args()
    jobs, kept, damaged = plan(args.sources, args.out)
    for path, reason in kept.items():
        print(f'{path} stays as it is: {reason}.')

    def report(job: Job, number: int) -> None:
        size = os.path.getsize(job.target) / 2**20
        print(f'[{number}/{len(jobs)}] {job.target}: {size:.1f} MB', flush=True)

    failed = damaged + retile_all(jobs, args.overviews, report)
    done = len(jobs) + len(damaged) - len(failed)
    print(f'{counted(done, "file")} rewritten, {len(kept)} left as they were.')
    if failed:
        sys.exit(
            '\n'.join(
                [*failed, f'{counted(len(failed), "file")} could not be rewritten.']
            )
        )


if __name__ == '__main__':
    run_tool(main)
