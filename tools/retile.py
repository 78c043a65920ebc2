"""Rewrites striped GeoTIFFs as tiles, which windows are read from many times faster.

    python tools/retile.py IN... --out FOLDER
    python tools/retile.py IN... --replace

IN are rasters, folders, patterns or list files. Pixels and all else that a file says
are kept, and compared before the new file gets its name.
"""

import argparse
import os
import time

from glcnet_mm.datasets.retile import plan, retile
from glcnet_mm.launch import run_tool


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
    jobs, kept = plan(args.sources, args.out)
    for path, reason in kept.items():
        print(f'{path} stays as it is: {reason}.')
    for number, (source, target) in enumerate(jobs, 1):
        start = time.perf_counter()
        retile(source, target, args.overviews)
        size, seconds = os.path.getsize(target), time.perf_counter() - start
        done = f'[{number}/{len(jobs)}] {target}: {size / 2**20:.1f} MB'
        print(f'{done} in {seconds:.1f} s', flush=True)
    print(f'{len(jobs)} files rewritten, {len(kept)} left as they were.')


if __name__ == '__main__':
    run_tool(main)
