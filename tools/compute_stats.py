"""Computes mean, std and percentiles of every band for configs to read.

    python tools/compute_stats.py CONFIG OUT.json
    python tools/compute_stats.py OUT.json --images PATH ... [--bands 4,3,2]

reads random windows of the training data (their bands are those of LoadRaster) or of
rasters; --exact reads every pixel. Name the file as ``stats`` of MultiBandPreprocessor
and as ``value_range`` of MakeViews and AugmentWindow.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool
from glcnet_mm.files import write_json


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', nargs='?', help='its training data are read')
    parser.add_argument('out', help='file to write (.json)')
    parser.add_argument('--images', nargs='+', metavar='PATH', help='instead of CONFIG')
    parser.add_argument('--bands', help='of --images, from one, e.g. 4,3,2')
    parser.add_argument('--exact', action='store_true', help='read every pixel')
    parser.add_argument(
        '--windows', type=int, default=1000, help='random windows to read'
    )
    parser.add_argument('--seed', type=int, default=0, help='of the random windows')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def main() -> None:
    """Reads, writes and tells."""
    args = parse_args()
    if args.config is not None:
        check_config_path(args.config)
    register()
    from glcnet_mm.inspection.statistics_tool import compute_stats, table

    found = compute_stats(
        args.out,
        args.config,
        args.images,
        args.bands,
        None if args.exact else args.windows,
        args.seed,
        args.cfg_options,
    )
    write_json(args.out, found)
    print(table(found))
    print(f'Written to {args.out}')


if __name__ == '__main__':
    run_tool(main)
