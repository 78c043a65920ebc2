"""Maps whole scenes with trained segmentors.

python tools/predict_scene.py SCENE... OUT --config CONFIG --checkpoint WEIGHTS

OUT is a GeoTIFF with the position of SCENE, a colour table and class names; open it in
QGIS as it is. Of several scenes, OUT is a folder.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path
from glcnet_mm.console.tool import DictAction, run_tool


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('scenes', nargs='+', help='rasters, folders, patterns or lists of them')
    add('out', help='class map to write (.tif), or a folder for several')
    add('--config', required=True, help='config of the segmentor')
    add('--checkpoint', required=True, nargs='+', help='its weights; several: averaged')
    add(
        '--further',
        metavar='RASTER',
        action='append',
        default=[],
        help="raster, or folder of rasters with the scenes' names, whose bands follow "
        "the scene's, such as SAR; aligned by geotransform; may be given again",
    )
    add('--flips', type=int, default=1, choices=[1, 4, 8], help='average over so many')
    add('--window', type=int, help='side of the windows in pixels')
    add('--overlap', type=int, help='of neighbouring windows in pixels')
    add('--batch-size', type=int, default=8, help='windows per pass')
    add('--device', help='cpu, cuda, cuda:1, ...; a GPU if there is one')
    add(
        '--precision',
        choices=['bfloat16', 'float32'],
        help='of the network; the first, about twice as fast, where the device has it',
    )
    add('--part', metavar='I/N', help='make the I-th of N parts only')
    add('--probabilities', metavar='PATH', help='also write these (.tif, 250 is 1)')
    add('--entropy', metavar='PATH', help='also write this (.tif, 250 is the most)')
    add('--report', metavar='PATH', help='write pixels and hectares per class (.csv)')
    add('--polygons', metavar='PATH', help='also write these (.gpkg)')
    add('--min-area', type=float, default=0, help='of polygons, in hectares')
    add('--cfg-options', nargs='+', action=DictAction, default={})
    return parser.parse_args()


def main() -> None:
    """Checks the files, loads the models, maps."""
    args = parse_args()
    check_config_path(args.config)
    register()
    from glcnet_mm.mapping.command import map_all

    map_all(args)


if __name__ == '__main__':
    run_tool(main)
