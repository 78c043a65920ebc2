"""The areas of a class map as polygons in a GeoPackage."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
import shapely
import shapely.geometry
from affine import Affine
from rasterio.features import shapes, sieve
from rasterio.windows import Window
from shapely.affinity import affine_transform, translate

from ..errors import UserError
from ..files import whole_file
from ..rasters.georeference import Georeference, read_georeference
from ..rasters.pixel_areas import line_hectares
from ..rasters.qgis_styles import area_style, set_default_style
from ..rasters.raster_writer import NODATA
from ..rasters.vector_files import vector_io
from .map_lock import map_lock, remove_leftovers
from .output_checks import check_writable
from .report import class_names

LAYER = 'classes'
BLOCK_PX = 4096
MAX_MARGIN_PX = 1024


class Area(NamedTuple):
    """An area of a class, in columns and rows of the map."""

    number: int
    shape: shapely.Polygon


def check_polygons(path: str, scene: str) -> None:
    """Finds what would keep the polygons from being written."""
    _writer()
    if not path.lower().endswith('.gpkg'):
        raise UserError(f'{path} must end in .gpkg, for it will be a GeoPackage.')
    if read_georeference(scene).transform.is_identity:
        raise UserError(
            f'{scene} has no geotransform, so polygons of its map would lie nowhere: '
            'leave out --polygons.'
        )
    check_writable(Path(path))


def write_polygons(map_path: str, path: str, min_hectares: float = 0) -> None:
    """Writes one polygon per area of a class, with class, name and hectares.

    QGIS draws them in the colours of the map.

    Polygons are cut at the borders of blocks of 4096 pixels, which bounds the memory.

    Args:
        map_path: A class map.
        path: The GeoPackage to be.
        min_hectares: Smaller areas go to their largest neighbour.
    """
    position = read_georeference(map_path)
    hectares = line_hectares(position)
    if min_hectares and hectares is None:
        raise UserError(
            f'{map_path} does not say how large its pixels are: leave out the least '
            'area of polygons.'
        )
    with map_lock(path):
        remove_leftovers(path)
        with (
            whole_file(path, typed=True) as partial,
            rasterio.open(map_path) as file,
        ):
            names = class_names(file)
            for window in _blocks(file):
                classes = _read_sieved(file, window, min_hectares, hectares)
                found = list(polygons_of(classes, window))
                _append(partial, found, names, position, hectares)
            style = area_style(names, file.colormap(1))
            set_default_style(partial, LAYER, style)


def polygons_of(classes: np.ndarray, window: Window) -> Iterator[Area]:
    """Areas of a part of a map, nodata left out."""
    for geometry, number in shapes(classes, mask=classes != NODATA):
        shape = shapely.geometry.shape(geometry)
        yield Area(int(number), translate(shape, window.col_off, window.row_off))


def _blocks(file: rasterio.DatasetReader) -> Iterator[Window]:
    for row in range(0, file.height, BLOCK_PX):
        for col in range(0, file.width, BLOCK_PX):
            width = min(BLOCK_PX, file.width - col)
            yield Window(col, row, width, min(BLOCK_PX, file.height - row))


def _read_sieved(
    file: rasterio.DatasetReader,
    window: Window,
    min_hectares: float,
    hectares: np.ndarray | None,
) -> np.ndarray:
    """A block without the areas that are too small.

    It is read with a margin as wide as the smallest area kept has pixels: an area that
    reaches from the block over the margin is large enough, any other is seen whole, so
    blocks agree on which are too small. For areas that reach further than
    ``MAX_MARGIN_PX`` beyond a cut they may not.
    """
    col, row, width, height = window.flatten()
    if not min_hectares or hectares is None:
        return file.read(1, window=window)
    least_px = math.ceil(min_hectares / np.median(hectares[row : row + height]) - 1e-9)
    margin = min(least_px, MAX_MARGIN_PX)
    left, top = max(col - margin, 0), max(row - margin, 0)
    right = min(col + width + margin, file.width)
    bottom = min(row + height + margin, file.height)
    classes = file.read(1, window=Window(left, top, right - left, bottom - top))
    if least_px > 1:
        # What is masked takes no part: nodata neither grows nor shrinks.
        valid = classes != NODATA
        classes = np.where(valid, _sieve(classes, least_px, valid), NODATA)
    inner = classes[row - top :, col - left :][:height, :width]
    return np.ascontiguousarray(inner, np.uint8)


def _sieve(classes: np.ndarray, least_px: int, valid: np.ndarray) -> np.ndarray:
    # It refuses a size that no area of the array can have.
    return sieve(classes, min(least_px, classes.size - 1), mask=valid)


def _append(
    path: Path,
    areas: list[Area],
    names: dict[int, str],
    position: Georeference,
    hectares: np.ndarray | None,
) -> None:
    numbers = np.array([area.number for area in areas], np.int32)
    fields = dict(
        number=numbers,
        name=np.array([names[number] for number in numbers], object),
    )
    if hectares is not None:
        above = np.concatenate([[0], np.cumsum(hectares)])
        fields['hectares'] = np.array([_hectares(a.shape, above) for a in areas])
    geometry = [as_wkb(area.shape, position.transform) for area in areas]
    _writer()(
        str(path),
        np.array(geometry, object),
        list(fields.values()),
        list(fields),
        layer=LAYER,
        driver='GPKG',
        geometry_type='Polygon',
        crs=None if position.crs is None else position.crs.to_wkt(),
        append=path.stat().st_size > 0,
    )


def _writer() -> Callable:
    return vector_io('Polygons are written', ', or leave out --polygons').raw.write


def _hectares(shape: shapely.Polygon, above: np.ndarray) -> float:
    """Ground inside, exact although pixels of other lines are larger or smaller.

    Args:
        shape: Its edges run along pixels.
        above: Hectares of one column from the top of the map down to every line.
    """
    outer, *holes = (
        abs((ring[1:, 0] - ring[0, 0]) @ np.diff(above[ring[:, 1].astype(int)]))
        for ring in map(shapely.get_coordinates, (shape.exterior, *shape.interiors))
    )
    return float(outer - sum(holes))


def as_wkb(shape: shapely.Polygon, transform: Affine) -> bytes:
    """Well-known binary in the reference system of a raster.

    Args:
        shape: In columns and rows.
        transform: Of the raster.
    """
    return affine_transform(shape, transform.to_shapely()).wkb
