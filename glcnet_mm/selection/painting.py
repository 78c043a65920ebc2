"""Files to draw labels into: footprints, and rasters that wait for class numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
import shapely

from ..datasets.windows import WindowDataset
from ..errors import UserError
from ..files import whole_file, write_text
from ..mapping.polygons import as_wkb
from ..rasters.alignment import georeferenced
from ..rasters.default_colours import default_palette
from ..rasters.legend import describe_classes, write_legend_files
from ..rasters.qgis_styles import outline_style, set_default_style
from ..rasters.raster_writer import BLOCK_PX, NODATA
from ..rasters.vector_files import vector_io
from .features import Place

# Of label rasters of a data set without classes; more are painted seldom.
UNNAMED = [f'class {number}' for number in range(20)]


def write_footprints(
    path: Path,
    dataset: WindowDataset,
    places: Sequence[Place],
    fields: Mapping[str, np.ndarray],
) -> int:
    """Writes one rectangle per window, a layer for every reference system.

    Windows of scenes that do not say where they lie are left out. QGIS draws outlines
    with the first field beside them.

    Args:
        path: The GeoPackage to be.
        dataset: Of the windows.
        places: Scene and window of each.
        fields: One value per window.

    Returns:
        Number of rectangles; no file without any.
    """
    write = vector_io(f'{path} is written').raw.write
    layers: dict[str | None, list[int]] = {}
    for number, (scene, _) in enumerate(places):
        info = dataset.index.infos[scene]
        if georeferenced(info):
            crs = info.crs.to_wkt() if info.crs else None
            layers.setdefault(crs, []).append(number)
    if not layers:
        return 0
    with whole_file(path, typed=True) as partial:
        for number, (crs, windows) in enumerate(layers.items(), 1):
            layer = 'windows' if number == 1 else f'windows_{number}'
            shapes = [_rectangle(dataset, places[window]) for window in windows]
            write(
                str(partial),
                np.array(shapes, object),
                [values[windows] for values in fields.values()],
                list(fields),
                layer=layer,
                driver='GPKG',
                geometry_type='Polygon',
                crs=crs,
                append=number > 1,
            )
            set_default_style(partial, layer, outline_style(label=next(iter(fields))))
    return sum(map(len, layers.values()))


def write_empty_labels(
    folder: Path, dataset: WindowDataset, places: Sequence[Place]
) -> list[str]:
    """Writes a raster of 255, ignored, on the grid of each scene with windows.

    Nothing but the table of contents is stored, however large a scene is. One that is
    there already is kept, for it may be painted. Beside them lies the list of the
    classes, as ``new_project.py`` and ``GenericDataset`` read it.

    Returns:
        Paths of the scenes, as the data set names them.
    """
    classes = dataset.metainfo['classes'] or UNNAMED
    palette = dataset.metainfo['palette'] or default_palette(classes)
    listed = folder / 'classes.csv'
    if classes is not UNNAMED and not listed.exists():
        write_text(listed, _class_list(classes, palette))
    paths: dict[str, str] = {}
    for scene in sorted({scene for scene, _ in places}):
        info = dataset.index.infos[scene]
        if info.crs is None:
            # Where it lies nothing says, so a label fits its scene's own pixels alone.
            info = dataset.sources[scene]
        other = paths.setdefault(Path(info.path).stem, info.path)
        if other != info.path:
            raise UserError(
                f'{other} and {info.path} have the same name, so their labels would '
                f'be one file; give the scenes names of their own.'
            )
        target = folder / f'{Path(info.path).stem}.tif'
        if target.exists():
            continue
        with whole_file(target, typed=True) as partial:
            with rasterio.open(
                partial, 'w', driver='GTiff', count=1, dtype='uint8', nodata=NODATA,
                width=info.width, height=info.height, crs=info.crs,
                transform=info.transform, tiled=True, blockxsize=BLOCK_PX,
                blockysize=BLOCK_PX, compress='deflate', sparse_ok=True,
            ) as file:  # fmt: skip
                describe_classes(file, classes, palette)
            write_legend_files(target, classes, palette)
    return list(paths.values())


def _class_list(classes: Sequence[str], palette: Sequence[Sequence[int]]) -> str:
    lines = ['id,name,r,g,b']
    for number, (name, colour) in enumerate(zip(classes, palette, strict=True)):
        lines.append(','.join(map(str, (number, name.replace(',', ' '), *colour))))
    return '\n'.join([*lines, ''])


def _rectangle(dataset: WindowDataset, place: Place) -> bytes:
    scene, (col, row, width, height) = place
    info = dataset.index.infos[scene]
    right, bottom = min(col + width, info.width), min(row + height, info.height)
    corners = [(col, row), (right, row), (right, bottom), (col, bottom)]
    return as_wkb(shapely.Polygon(corners), info.transform)
