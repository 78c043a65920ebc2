"""Writes the generated sample: scenes, labels, classes.

python tools/make_sample.py data/sample --seed 0
"""

import argparse

from glcnet_mm.console.tool import run_tool
from glcnet_mm.writable import check_folder


def main() -> None:
    """Reads the command line and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    check_folder(args.out)
    from glcnet_mm.demo.sample import make_sample

    make_sample(args.out, args.seed)
    print(f'Wrote the sample to {args.out}')


if __name__ == '__main__':
    run_tool(main)
