"""Draws the windows that a fine-tuning may learn from and writes them to a file.

    python tools/make_split.py CONFIG OUT --fraction 0.01 --seed 0

The data set is the config's ``train_dataloader``; name the file there as
``windows_file``.
"""

import argparse

from mmengine.config import Config
from mmengine.registry import DATASETS

import glcnet_mm  # noqa: F401
from glcnet_mm.experiments.splits import draw_windows, write_windows


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('out', help='windows file to write (.tsv)')
    parser.add_argument('--fraction', type=float, default=0.01)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--every-class',
        action='store_true',
        help='begin with windows that show each class',
    )
    return parser.parse_args()


def main() -> None:
    """Draws and writes."""
    args = parse_args()
    config = Config.fromfile(args.config).train_dataloader.dataset
    config.pop('windows_file', None)
    dataset = DATASETS.build(dict(config, num_windows=None))
    windows = draw_windows(
        dataset, args.fraction, args.seed, every_class=args.every_class
    )
    remark = (
        f'{len(windows)} windows of {config.window} px, '
        f'fraction {args.fraction}, seed {args.seed}'
    )
    write_windows(args.out, windows, config.get('data_root', ''), remark)
    print(f'{args.out}: {remark}')


if __name__ == '__main__':
    main()
