"""Chooses the windows that are worth drawing labels for.

    python tools/choose_windows.py CONFIG --checkpoint PRETRAINED --budget 40 OUT

OUT gets the windows as a list and as a GeoPackage, empty label rasters to paint in
QGIS, and a page of thumbnails. CONFIG is that of the pre-training or the fine-tuning.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool
from glcnet_mm.errors import UserError
from glcnet_mm.selection.strategies import DIVISIONS, MOST_WINDOWS, STRATEGIES


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('config')
    add('out', help='folder to write to')
    add('--checkpoint', help='weights of the encoder; statistics of bands without')
    add('--level', default='backbone', help='what to load of them')
    much = parser.add_mutually_exclusive_group(required=True)
    much.add_argument('--budget', type=int, help='windows to choose')
    much.add_argument(
        '--minutes',
        type=float,
        nargs=2,
        metavar=('ALL', 'EACH'),
        help='time for drawing, and what one window takes you',
    )
    add('--strategy', choices=STRATEGIES, default='typical')
    add(
        '--by',
        choices=DIVISIONS,
        help='as many of each scene, or by its share of the valid windows',
    )
    add('--more', metavar='FILE', help='windows file of those labelled already')
    add('--classes', metavar='FILE', help='class list, if the config names none')
    add('--least-valid', type=float, default=0.75, help='share of valid pixels')
    add('--at-most', type=int, default=MOST_WINDOWS, help='windows to choose from')
    add('--seed', type=int, default=0)
    add('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def budget_of(args: argparse.Namespace) -> int:
    """Number of windows, of a budget of minutes as many as fit."""
    if args.minutes is None:
        return args.budget
    whole, each = args.minutes
    if each <= 0:
        raise UserError('--minutes: a window takes more than 0 minutes to draw.')
    if whole < each:
        raise UserError(
            f'--minutes: {whole:g} are too few for a window that takes {each:g}.'
        )
    # 0.3 minutes are three windows of 0.1, whatever binary fractions say.
    return int(whole / each + 1e-9)


def main() -> None:
    """Chooses, writes and tells."""
    args = parse_args()
    budget = budget_of(args)
    check_config_path(args.config)
    register()
    from glcnet_mm.selection.choose_tool import Wish, choose_windows

    further = (args.seed, args.least_valid, args.at_most, args.by)
    wish = Wish(budget, args.strategy, *further)
    rest = (args.checkpoint, args.level, args.more, args.classes, args.cfg_options)
    print(choose_windows(args.config, args.out, wish, *rest))


if __name__ == '__main__':
    run_tool(main)
