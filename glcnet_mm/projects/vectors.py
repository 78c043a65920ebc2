"""Vectors with a class column, burnt onto the grid of each image."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rasterio import features
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.transform import Affine
from rasterio.warp import transform_geom
from shapely.geometry import box, mapping

from ..datasets.labels import IGNORE
from ..errors import MissingFileError, UserError
from ..rasters.georeference import Georeference, read_georeference
from ..rasters.raster_writer import MapWriter
from ..rasters.sources import VECTORS
from ..rasters.vector_files import vector_io

# Columns that are called so hold the class.
LIKELY = (
    *('class', 'classname', 'class_name', 'label', 'category', 'landcover', 'type'),
    *('land_cover', 'landuse', 'land_use', 'lulc', 'code', 'name'),
)
MAX_CLASSES = 50
LINES = 1024


class Shapes(NamedTuple):
    """Geometries of one reference system, each with the text of its class."""

    path: str
    crs: CRS | None
    geometries: list[dict]
    texts: list[str]


class Burnt(NamedTuple):
    """Labels that were written, by their images, and what they mean."""

    labels: dict[str, str]
    classes: list[str]
    notes: list[str]


def find_vectors(source: str) -> list[str]:
    """Vector files that a path names, be it one or a folder of them."""
    path = Path(source)
    if path.is_dir():
        files = sorted(p for p in path.rglob('*') if p.suffix.lower() in VECTORS)
        return [str(p) for p in files]
    return [source] if path.suffix.lower() in VECTORS else []


def read_shapes(path: str, column: str | None) -> tuple[Shapes, str]:
    """Shapes of a file and the column that their classes were taken from.

    Args:
        path: GeoPackage, GeoJSON, shapefile or what else GDAL reads.
        column: Of the classes; the one that is obvious when None.

    Raises:
        UserError: It cannot be read, or there is no such column or none obvious.
    """
    if not Path(path).is_file():
        raise MissingFileError(f'{path}, the vectors, does not exist.')
    pyogrio = vector_io('Vectors are read')
    try:
        layers = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        if len(layers) < 2:
            only = layers[0] if layers else None
            meta, _, geometry, data = pyogrio.raw.read(path, layer=only)
    except Exception as error:  # pyogrio's errors have no common base
        raise UserError(f'{path} cannot be read as vectors ({error}).') from error
    if len(layers) > 1:
        raise UserError(
            f'{path} has the layers {", ".join(layers)}; save the one with the classes '
            f'as a file of its own.'
        )
    fields = {name: values for name, values in zip(meta['fields'], data, strict=True)}
    column = column or _obvious(path, fields)
    if column not in fields:
        raise UserError(
            f'{path} has no column "{column}", only {", ".join(fields)}; choose one by '
            f'--class-column.'
        )
    kept = [n for n, g in enumerate(geometry) if g is not None]
    kept = [n for n in kept if _text(fields[column][n])]
    if not kept:
        raise UserError(f'{path} has no shape with a class in "{column}".')
    geometries = _as_dicts(pyogrio.raw.write, geometry[kept], meta)
    texts = [_text(fields[column][n]) for n in kept]
    return Shapes(path, _crs(meta['crs'], path), geometries, texts), column


def burn(
    sources: Sequence[str], images: Sequence[str], folder: Path, column: str | None
) -> Burnt:
    """Writes a label of the same grid beside no image but into a folder.

    Ground that no shape covers is ignored. Of shapes of one class alone, what no shape
    covers inside of their bounds is another class, ``background``, for a segmentation
    needs two. Where shapes overlap, the later one counts.

    Args:
        sources: Vector files.
        images: Rasters that say where they lie.
        folder: Of the labels.
        column: See ``read_shapes``.

    Raises:
        UserError: An image does not say where it lies, no shape lies on any, or one
            class alone leaves no ground for a second.
    """
    read = [read_shapes(source, column) for source in sources]
    shapes = [found for found, _ in read]
    classes = sorted({text for found in shapes for text in found.texts}, key=_order)
    if len(classes) > MAX_CLASSES:
        raise UserError(
            f'{sources[0]}: "{read[0][1]}" holds {len(classes)} different values, too '
            f'many for classes; choose the class column by --class-column.'
        )
    notes = [f'The class is the column "{read[0][1]}".']
    alone = len(classes) == 1
    if alone:
        classes = ['background', *classes]
        notes.append(
            'One class alone: ground without a shape, inside the bounds of all shapes, '
            'is the class "background".'
        )
    else:
        notes.append('Ground without a shape is ignored.')
    if any(found.crs is None for found in shapes):
        notes.append(
            "Vectors without a reference system are taken to have the images'."
        )
    labels: dict[str, str] = {}
    shown: set[int] = set()
    for image in images:
        name = f'{len(labels):04d}_{Path(image).stem}.tif'
        if found := _burn_one(image, shapes, classes, alone, folder / name):
            labels[image] = str(folder / name)
            shown |= found
    if not labels:
        raise UserError(
            f'{sources[0]}: no shape lies on any image, the first is {images[0]}; '
            f'compare their reference systems.'
        )
    if alone and len(shown) < 2:
        (number,) = shown
        raise UserError(
            f'{sources[0]}: its shapes are of one class alone, {classes[1]}, and the '
            f'images show only {classes[number]} inside their bounds, but a '
            f'segmentation needs two: add shapes of what is not {classes[1]}, with '
            f'another class such as "background".'
        )
    return Burnt(labels, classes, notes)


def _burn_one(
    image: str, shapes: Sequence[Shapes], classes: list[str], alone: bool, out: Path
) -> set[int]:
    """Numbers of the classes of the label; without any, none is written."""
    place = read_georeference(image)
    if place.transform.is_identity:
        raise UserError(
            f'{image} does not say where it lies, so vectors cannot be burnt onto it; '
            f'georeference it, for example by gdal_edit -a_ullr -a_srs.'
        )
    numbers = {name: number for number, name in enumerate(classes)}
    pairs = [
        (geometry, numbers[text])
        for found in shapes
        for geometry, text in zip(_moved(found, place), found.texts, strict=True)
    ]
    ground = [(_bounds_of(pairs), 0)] if alone else []
    out.parent.mkdir(parents=True, exist_ok=True)
    shown: set[int] = set()
    with MapWriter(out, place, 1, lambda file: None) as writer:
        for row in range(0, place.height, LINES):
            lines = _lines(ground + pairs, place, row)
            shown |= {*np.unique(lines).tolist()} - {IGNORE}
            writer.write(lines[None])
    if not shown:
        out.unlink()
    return shown


def _lines(pairs: list, place: Georeference, row: int) -> np.ndarray:
    height = min(LINES, place.height - row)
    return features.rasterize(
        pairs,
        (height, place.width),
        fill=IGNORE,
        transform=place.transform * Affine.translation(0, row),
        dtype='uint8',
    )


def _moved(shapes: Shapes, place: Georeference) -> list[dict]:
    """Geometries in the reference system of an image."""
    if shapes.crs is None or place.crs is None or shapes.crs == place.crs:
        return shapes.geometries
    try:
        return transform_geom(shapes.crs, place.crs, shapes.geometries)
    except (CRSError, RasterioError) as error:
        raise UserError(
            f'{shapes.path} cannot be brought to {place.crs.to_string()} ({error}).'
        ) from error


def _bounds_of(pairs: Sequence[tuple[dict, int]]) -> dict:
    bounds = np.array([features.bounds(geometry) for geometry, _ in pairs])
    (left, bottom), (right, top) = bounds[:, :2].min(0), bounds[:, 2:].max(0)
    return mapping(box(left, bottom, right, top))


def _obvious(path: str, fields: dict[str, np.ndarray]) -> str:
    """The column that must be the class."""
    if len(fields) == 1:
        return next(iter(fields))
    by_name = {name.lower(): name for name in reversed(fields)}
    called = [by_name[name] for name in LIKELY if name in by_name]
    few = [
        name
        for name, values in fields.items()
        if values.dtype.kind in 'OUS' and 1 < len({*map(_text, values)}) < len(values)
    ]
    if called or len(few) == 1:
        return called[0] if called else few[0]
    raise UserError(
        f'{path} has the columns {", ".join(fields) or "(none)"}, and which holds the '
        f'class is not clear; name it by --class-column.'
    )


def _as_dicts(write: Any, geometry: np.ndarray, meta: dict) -> list[dict]:
    """Geometries as rasterio takes them; GDAL translates."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / 'shapes.json')
        write(
            path,
            geometry,
            [np.arange(len(geometry))],
            ['number'],
            driver='GeoJSON',
            geometry_type=meta['geometry_type'],
            crs=meta['crs'],
            layer_options=dict(COORDINATE_PRECISION='15'),
        )
        content = json.loads(Path(path).read_text(encoding='utf-8'))
    return [feature['geometry'] for feature in content['features']]


def _crs(text: str | None, path: str) -> CRS | None:
    try:
        return CRS.from_user_input(text) if text else None
    except CRSError as error:
        raise UserError(f'{path} has an unknown reference system ({text}).') from error


def _text(value: Any) -> str:
    """Of a class; whole numbers that GDAL reads as floats lose their point."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ''
    if isinstance(value, float | np.floating) and value == int(value):
        return str(int(value))
    return str(value).strip()


def _order(text: str) -> tuple:
    """Numbers by size, before names."""
    return (0, int(text), '') if text.lstrip('-').isdigit() else (1, 0, text)
