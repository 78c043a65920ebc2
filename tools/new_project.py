"""Makes a project of a folder of rasters: facts, splits, configs, the next commands.

    python tools/new_project.py IMAGES OUT
    python tools/new_project.py IMAGES --labels LABELS OUT
    python tools/new_project.py IMAGES --further FOLDER --labels LABELS OUT

LABELS are rasters of class numbers or colours, paired with the images by name, or
vectors (GeoPackage, GeoJSON, shapefile) that are burnt onto the images. FOLDER holds
rasters of the images' names with more bands, such as near infrared or SAR. Nothing
that exists is overwritten.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.console.tool import run_tool
from glcnet_mm.errors import UserError


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('images', nargs='+', help='rasters, folders, patterns or list files')
    add('out', help='new folder of the project')
    add('--labels', help='the same for labels, or vectors')
    add(
        '--further',
        metavar='RASTER',
        action='append',
        default=[],
        help="raster, or folder of rasters with the images' names, whose bands follow "
        "the image's, such as SAR, no pattern; aligned by geotransform; repeatable",
    )
    add('--classes', metavar='FILE', help='class list; looked for beside the labels')
    add('--class-column', metavar='NAME', help='of vectors; the obvious one else')
    add('--bands', help='to read, from 1, e.g. 4,3,2; else all measurements')
    add('--size', choices=['small', 'paper'], default='small', help='of the networks')
    return parser.parse_intermixed_args()


def read_bands(text: str | None) -> list[int] | None:
    """``4,3,2`` as numbers."""
    if text is None:
        return None
    parts = text.split(',')
    if not all(part.strip().isdigit() and int(part) for part in parts):
        raise UserError(f'--bands takes numbers from 1, such as 4,3,2; got "{text}".')
    return [int(part) for part in parts]


def main() -> None:
    """Looks, writes and tells."""
    args = vars(parse_args())
    args['bands'] = read_bands(args['bands'])
    register()
    from glcnet_mm.projects.project import new_project
    from glcnet_mm.projects.request import Request

    print(new_project(Request(**args)))


if __name__ == '__main__':
    run_tool(main)
