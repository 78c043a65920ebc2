"""Trains whatever a config describes; takes the arguments of mmseg's train.py.

python tools/train.py configs/glcnet_potsdam.py
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import run_tool, stock_parser


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = stock_parser('Train a model')
    parser.add_argument(
        '--resume', action='store_true', help='go on from the newest whole checkpoint'
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='mixed precision: bfloat16 where the device has it',
    )
    return parser.parse_args()


def main() -> None:
    """Trains."""
    args = parse_args()
    check_config_path(args.config)
    register()
    from glcnet_mm.launch import build_runner, load_config, train

    config = load_config(args)
    config.resume = args.resume
    if args.amp:
        config.optim_wrapper.type = 'Bfloat16OptimWrapper'
    train(build_runner(config))


if __name__ == '__main__':
    run_tool(main)
