"""Draws the data of a config, so that you see whether it is read correctly.

    python tools/browse_data.py CONFIG --out look.html
    python tools/browse_data.py CONFIG --out look --samples 12 --bands 4 3 2

Windows, views, matched regions, labels, histograms, and what looks wrong; of any config
of a pre-training or a fine-tuning.
"""

import argparse
import webbrowser
from pathlib import Path

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool
from glcnet_mm.errors import UserError


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument(
        '--out', required=True, help='page to write (.html), or folder for PNG files'
    )
    parser.add_argument('--open', action='store_true', help='show the page')
    parser.add_argument('--samples', type=int, default=8, help='samples to draw')
    parser.add_argument('--seed', type=int, default=0, help='of the choice of samples')
    parser.add_argument(
        '--bands', type=int, nargs='+', help='one to three bands to show, from 1'
    )
    parser.add_argument('--split', choices=['train', 'val', 'test'], default='train')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='changes of the config'
    )
    return parser.parse_args()


def main() -> None:
    """Draws and writes."""
    args = parse_args()
    if args.open and not args.out.endswith('.html'):
        raise UserError(f'--open shows a page, but {args.out} is a folder of pictures.')
    check_config_path(args.config)
    register()
    from glcnet_mm.inspection.browse import browse

    wrong = browse(
        args.config,
        args.out,
        args.samples,
        args.seed,
        args.bands,
        args.split,
        args.cfg_options,
    )
    for sentence in wrong:
        print(f'Looks wrong: {sentence}')
    print(f'Written to {args.out}')
    if args.open and not webbrowser.open(page := Path(args.out).resolve().as_uri()):
        print(f'There is no browser here: open {page}')


if __name__ == '__main__':
    run_tool(main)
