"""Tests a checkpoint; takes the arguments of mmseg's test.py.

python tools/test.py CONFIG CHECKPOINT
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import run_tool, stock_parser
from glcnet_mm.writable import check_folder


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = stock_parser('Test a model')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--out', help='folder for the predictions, as GeoTIFF')
    parser.add_argument(
        '--show-dir',
        help='folder for pictures of whole scenes: image, truth, prediction, errors',
    )
    parser.add_argument(
        '--show', action='store_true', help='show every window while testing'
    )
    parser.add_argument(
        '--wait-time', type=float, default=2, help='seconds between shown windows'
    )
    parser.add_argument(
        '--tta', action='store_true', help='average predictions over both flips'
    )
    return parser.parse_args()


def main() -> None:
    """Tests."""
    args = parse_args()
    for folder in filter(None, (args.out, args.show_dir)):
        check_folder(folder)
    check_config_path(args.config)
    register()
    from glcnet_mm.launch import average_flips, build_runner, load_config

    config = load_config(args)
    config.load_from = args.checkpoint
    config.custom_hooks = [*config.get('custom_hooks', []), *output_hooks(args)]
    if args.tta:
        average_flips(config)
    build_runner(config).test()


def output_hooks(args: argparse.Namespace) -> list[dict]:
    """Hooks that write or show what was asked for."""
    hooks = []
    if args.out:
        hooks.append(dict(type='SavePredictionsHook', folder=args.out))
    if args.show_dir:
        hooks.append(dict(type='ShowScenesHook', folder=args.show_dir))
    if args.show:
        hooks.append(dict(type='ShowPredictionsHook', wait_time=args.wait_time))
    return hooks


if __name__ == '__main__':
    run_tool(main)
