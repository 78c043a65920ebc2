"""Looks for what is wrong with a data set before anything is trained on it.

    python tools/check_data.py CONFIG [--all] [--manifest FILE]
    python tools/check_data.py FOLDER --set loveda [--options split=val ...] [--all]

Prints what was found, the share of every class, label values outside the table and
files that cannot be read. Ends with 1 if a training would stumble.
"""

import argparse
import sys

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool
from glcnet_mm.writable import check_file


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', help='config, or with --set the folder of the set')
    parser.add_argument('--set', help='known set, such as loveda or generic')
    parser.add_argument(
        '--all', action='store_true', help='read every window, verify all checksums'
    )
    parser.add_argument(
        '--manifest',
        metavar='FILE',
        help='SHA-256 of all files: written if there is none, else compared',
    )
    parser.add_argument(
        '--options', nargs='+', action=DictAction, default={}, help='of the data set'
    )
    return parser.parse_args()


def main() -> None:
    """Checks and prints."""
    args = parse_args()
    if args.manifest:
        check_file(args.manifest)
    if args.set is None:
        check_config_path(args.source)
    register()
    from glcnet_mm.inspection.check import check_config, check_set

    how = (args.options, args.all, args.manifest)
    if args.set is None:
        text, problems = check_config(args.source, *how)
    else:
        text, problems = check_set(args.source, args.set, *how)
    print(text)
    sys.exit(1 if problems else 0)


if __name__ == '__main__':
    run_tool(main)
