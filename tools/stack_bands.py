"""Joins bands that lie in several files into virtual rasters, without copying pixels.

    python tools/stack_bands.py OUT FOLDER[:BANDS] FOLDER[:BANDS] ...

BANDS are numbers from one with commas, all when left out:

    python tools/stack_bands.py data/india_rgb_nir/stack \
        data/india_rgb_nir/images:1,2,3 data/india_rgb_nir/images_IR:1

Rasters of another resolution, extent or CRS are aligned to those of the first folder.
"""

import argparse

from glcnet_mm.console.tool import run_tool
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.warped_raster import RESAMPLINGS


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out', help='folder for the virtual rasters')
    parser.add_argument('folders', nargs='+', help='FOLDER or FOLDER:BANDS')
    parser.add_argument(
        '--resampling',
        choices=list(RESAMPLINGS),
        default='bilinear',
        help='of rasters that lie on another grid than those of the first folder',
    )
    return parser.parse_args()


def main() -> None:
    """Stacks."""
    args = parse_args()
    sources = {}
    for item in args.folders:
        folder, _, bands = item.rpartition(':')
        numbers = bands.replace(',', '')
        if folder and numbers.isdigit():
            sources[folder] = [int(band) for band in bands.split(',')]
        else:
            sources[item] = None
    written = stack_bands(args.out, sources, args.resampling)
    print(f'{len(written)} virtual rasters in {args.out}')


if __name__ == '__main__':
    run_tool(main)
