"""Tests a checkpoint; takes the arguments of mmseg's test.py.

python tools/test.py CONFIG CHECKPOINT
"""

import argparse

from glcnet_mm.launch import build_runner, load_config, run_tool, stock_parser


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = stock_parser('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    return parser.parse_args()


def main() -> None:
    """Tests."""
    args = parse_args()
    config = load_config(args)
    config.load_from = args.checkpoint
    build_runner(config).test()


if __name__ == '__main__':
    run_tool(main)
