"""Chooses windows to learn from or test on, and writes them to files.

    python tools/make_splits.py CONFIG OUT --fraction 0.01 0.1 --seed 0 [--stratified]
    python tools/make_splits.py CONFIG OUT --split train=0.7 val=0.1 test=0.2

The data set is the config's ``train_dataloader``; name a file there as
``windows_file``. Parts of --split have no pixel and no ground in common.
"""

import argparse
import shlex
import sys
from pathlib import Path

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add, switch = parser.add_argument, dict(action='store_true')
    add('config')
    add('out', help='folder to write to, or one .tsv file')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--fraction', type=float, nargs='+', help='of the windows: 0.01')
    what.add_argument('--split', nargs='+', metavar='NAME=SHARE', help='parts')
    add('--by', choices=['window', 'scene', 'block'], help='window, of parts scene')
    add('--seed', type=int, default=0)
    add('--stratified', **switch, help='keep the shares of the classes')
    add('--every-class', **switch, help='begin with windows that show each class')
    add('--block', type=int, help='side of a block in pixels, 4 windows else')
    add('--within', metavar='FILE', help='choose from these windows only')
    add(
        '--list-files',
        **switch,
        help='also lists of tiles, for PotsdamTilesDataset',
    )
    add('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def main() -> None:
    """Chooses, writes and tells."""
    args = parse_args()
    check_config_path(args.config)
    register()
    from glcnet_mm.splits.split_tool import Choice, Output, make_splits, read_parts

    by = args.by or ('scene' if args.split else 'window')
    rules = (args.seed, args.stratified, args.every_class, args.block)
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    told = make_splits(
        args.config,
        Output(args.out, args.list_files, command),
        Choice(by, *rules),
        args.fraction or [0.01],
        read_parts(args.split) if args.split else None,
        args.within,
        args.cfg_options,
    )
    print(told)


if __name__ == '__main__':
    run_tool(main)
