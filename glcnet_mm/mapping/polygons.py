"""The areas of a class map as polygons in a GeoPackage."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import rasterio
from rasterio.features import shapes, sieve
from rasterio.windows import Window

from ..errors import UserError
from ..rasters.georeference import Georeference, read_georeference
from ..rasters.pixel_areas import line_hectares
from ..rasters.raster_writer import NODATA, temporary_name
from ..rasters.vector_files import vector_io
from .map_lock import map_lock, remove_leftovers
from .outputs import check_writable
from .report import class_names

BLOCK_PX = 4096
MAX_MARGIN_PX = 1024


class Polygon(NamedTuple):
    """A polygon in pixels of the map: a ring (n, 2) of columns and rows, then holes."""

    number: int
    rings: list[np.ndarray]


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
        temporary = temporary_name(Path(path))
        try:
            with rasterio.open(map_path) as file:
                names = class_names(file)
                for window in _blocks(file):
                    classes = _read_sieved(file, window, min_hectares, hectares)
                    found = list(polygons_of(classes, window))
                    _append(temporary, found, names, position, hectares)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def polygons_of(classes: np.ndarray, window: Window) -> Iterator[Polygon]:
    """Polygons of a part of a map, nodata left out."""
    shift = np.array([window.col_off, window.row_off])
    for geometry, number in shapes(classes, mask=classes != NODATA):
        rings = [np.array(ring) + shift for ring in geometry['coordinates']]
        yield Polygon(int(number), rings)


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
    if not min_hectares:
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
    polygons: list[Polygon],
    names: dict[int, str],
    position: Georeference,
    hectares: np.ndarray | None,
) -> None:
    numbers = np.array([polygon.number for polygon in polygons], np.int32)
    fields = dict(
        number=numbers,
        name=np.array([names[number] for number in numbers], object),
    )
    if hectares is not None:
        above = np.concatenate([[0], np.cumsum(hectares)])
        fields['hectares'] = np.array([_hectares(p, above) for p in polygons])
    geometry = [as_wkb(polygon, position.transform) for polygon in polygons]
    _writer()(
        str(path),
        np.array(geometry, object),
        list(fields.values()),
        list(fields),
        layer='classes',
        driver='GPKG',
        geometry_type='Polygon',
        crs=None if position.crs is None else position.crs.to_wkt(),
        append=path.exists(),
    )


def _writer() -> Callable:
    return vector_io('Polygons are written', ', or leave out --polygons').write


def _hectares(polygon: Polygon, above: np.ndarray) -> float:
    """Ground inside, exact although pixels of other lines are larger or smaller.

    Args:
        polygon: Its edges run along pixels.
        above: Hectares of one column from the top of the map down to every line.
    """
    outer, *holes = (
        abs((ring[1:, 0] - ring[0, 0]) @ np.diff(above[ring[:, 1].astype(int)]))
        for ring in polygon.rings
    )
    return float(outer - sum(holes))


def as_wkb(polygon: Polygon, transform: Any) -> bytes:
    """Well-known binary (OGC 06-103r4, 8.2) in the map's reference system."""
    parts = [np.array([1], np.uint8), np.array([3, len(polygon.rings)], '<u4')]
    for ring in polygon.rings:
        ground = np.stack(transform * (ring[:, 0], ring[:, 1]), axis=1)
        parts += [np.array([len(ring)], '<u4'), ground.astype('<f8')]
    return b''.join(part.tobytes() for part in parts)
