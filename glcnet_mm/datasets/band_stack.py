"""Rasters whose bands lie in several files, joined by small virtual rasters (VRT)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from .raster_io import RasterInfo, RasterReadError, open_raster, raster_info
from .sources import find_rasters, pair_labels

TYPE_NAMES = dict(
    uint8='Byte', uint16='UInt16', int16='Int16', float32='Float32', float64='Float64'
)


def stack_bands(out: str, sources: Mapping[str, Sequence[int] | None]) -> list[str]:
    """Writes one ``.vrt`` per raster, of the same name, without copying pixels.

    Args:
        out: Folder for them; made if need be.
        sources: Folder to its 1-based bands in the order wanted, None for all. Files
            are paired by name; position and order come from the first folder.

    Returns:
        Their paths.

    Raises:
        FileNotFoundError: A folder, or a raster of a later one, is missing.
        ValueError: Sizes or positions differ, a band is missing or of an odd type.
    """
    first, *others = sources
    leaders = find_rasters(first)
    partners = (pair_labels(leaders, o, kind='further bands') for o in others)
    columns = [leaders, *partners]
    jobs = []
    for paths in zip(*columns, strict=True):
        infos = [raster_info(path) for path in paths]
        _check_equal(infos)
        target = Path(out) / Path(paths[0]).with_suffix('.vrt').name
        jobs.append((target, _virtual_raster(Path(out), infos, list(sources.values()))))
    targets = [target for target, _ in jobs]
    if len(set(targets)) < len(targets):
        raise ValueError(f'Two rasters in {first} have one name; stack them apart.')
    Path(out).mkdir(parents=True, exist_ok=True)
    for target, tree in jobs:
        partial = target.with_suffix('.partial')
        tree.write(partial)
        partial.replace(target)
    return [str(target) for target in targets]


def _check_equal(infos: Sequence[RasterInfo]) -> None:
    first = infos[0]
    for info in infos[1:]:
        if (info.width, info.height) != (first.width, first.height):
            raise ValueError(
                f'{info.path} has {info.width}x{info.height} pixels but {first.path} '
                f'has {first.width}x{first.height}; only rasters of one grid stack.'
            )
        if info.crs and first.crs and info.transform != first.transform:
            raise ValueError(
                f'{info.path} and {first.path} lie in different places; only rasters '
                f'of one grid stack.'
            )


def _virtual_raster(
    folder: Path, infos: Sequence[RasterInfo], choices: Sequence[Sequence[int] | None]
) -> ElementTree.ElementTree:
    first = infos[0]
    size = dict(rasterXSize=str(first.width), rasterYSize=str(first.height))
    root = ElementTree.Element('VRTDataset', size)
    if first.crs:
        ElementTree.SubElement(root, 'SRS').text = first.crs.to_wkt()
    if not first.transform.is_identity:
        values = ', '.join(map(repr, first.transform.to_gdal()))
        ElementTree.SubElement(root, 'GeoTransform').text = values
    number = 0
    for info, bands in zip(infos, choices, strict=True):
        with open_raster(info.path) as source:
            for band in source.indexes if bands is None else bands:
                if not 1 <= band <= source.count:
                    raise RasterReadError(
                        f'{info.path} has {source.count} bands, not band {band}.'
                    )
                number += 1
                _add_band(
                    root,
                    number,
                    os.path.relpath(info.path, folder),
                    band,
                    np.dtype(source.dtypes[band - 1]).name,
                    source.nodatavals[band - 1],
                )
    return ElementTree.ElementTree(root)


def _add_band(
    root: ElementTree.Element,
    number: int,
    path: str,
    band: int,
    dtype: str,
    nodata: float | None,
) -> None:
    if dtype not in TYPE_NAMES:
        raise ValueError(f'{path} is of type {dtype}; known are {list(TYPE_NAMES)}.')
    attributes = dict(dataType=TYPE_NAMES[dtype], band=str(number))
    node = ElementTree.SubElement(root, 'VRTRasterBand', attributes)
    if nodata is not None:
        ElementTree.SubElement(node, 'NoDataValue').text = repr(float(nodata))
    source = ElementTree.SubElement(node, 'SimpleSource')
    name = ElementTree.SubElement(source, 'SourceFilename', dict(relativeToVRT='1'))
    name.text = Path(path).as_posix()
    ElementTree.SubElement(source, 'SourceBand').text = str(band)
