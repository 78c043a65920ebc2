"""Small files (VRT) that show a raster on another grid; GDAL resamples when read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from .alignment import beside, full_turn, geotransform
from .mask_band import MaskBand
from .raster_io import RasterInfo, Window, open_raster
from .resample import source_spread
from .validity import band_suffices, stored_nodata

TYPE_NAMES = dict(
    uint8='Byte',
    int8='Int8',
    uint16='UInt16',
    int16='Int16',
    uint32='UInt32',
    int32='Int32',
    uint64='UInt64',
    int64='Int64',
    float32='Float32',
    float64='Float64',
)
RESAMPLINGS = dict(
    nearest='NearestNeighbour', bilinear='Bilinear', cubic='Cubic', average='Average'
)
# Of a pixel, of positions between CRS.
MAX_ERROR = '0.01'
BLOCK = '256'


def warped_raster(
    folder: Path,
    source: RasterInfo,
    bands: Sequence[int],
    grid: RasterInfo,
    how: str,
    mask: MaskBand | None = None,
) -> bytes:
    """XML of a raster's bands on another grid, and behind them a band of validity.

    GDAL's ``WarpedVRT`` would take a last band tagged alpha for a mask, and cannot
    choose bands.

    Args:
        folder: Where the file will lie; the raster is named from there.
        source: Header of the raster.
        bands: 1-based bands in the order wanted.
        grid: Header whose grid to show it on, of the same or another CRS.
        how: One of ``RESAMPLINGS``.
        mask: A band of the raster that says what is valid.
    """
    with open_raster(source.path) as file:
        types = [np.dtype(file.dtypes[band - 1]).name for band in bands]
        values = [file.nodatavals[band - 1] for band in bands]
    nodata = [stored_nodata(v, t) for v, t in zip(values, types, strict=True)]
    alone = any(band_suffices(value) for value in nodata if value is not None)
    root = virtual_root(grid)
    root.set('subClass', 'VRTWarpedDataset')
    outer = [*(nodata if alone else [None] * len(bands)), None]
    for number, (dtype, value) in enumerate(
        zip([*types, 'uint8'], outer, strict=True), 1
    ):
        node = add_band(root, number, dtype, value)
        node.set('subClass', 'VRTWarpedRasterBand')
    SubElement(root, 'BlockXSize').text = BLOCK
    SubElement(root, 'BlockYSize').text = BLOCK
    options = SubElement(root, 'GDALWarpOptions')
    SubElement(options, 'ResampleAlg').text = RESAMPLINGS[how]
    # Single precision has no whole numbers beyond 24 bits.
    exact = np.result_type(np.float32, *types) == np.float32
    wide = 'Float32' if exact else 'Float64'
    SubElement(options, 'WorkingDataType').text = wide
    _add_settings(options, source, grid, alone)
    if mask is not None:
        limit = SubElement(options, 'Option', dict(name='SRC_ALPHA_MAX'))
        limit.text = str(mask.full)
    name_source(options, 'SourceDataset', source.path, folder)
    _add_transformer(options, source, grid)
    mappings = SubElement(options, 'BandList')
    for number, band in enumerate(bands, 1):
        numbers = dict(src=str(band), dst=str(number))
        mapping = SubElement(mappings, 'BandMapping', numbers)
        for name, value in dict(Src=nodata, Dst=outer).items():
            if value[number - 1] is not None:
                text = repr(float(value[number - 1]))
                SubElement(mapping, f'{name}NoDataReal').text = text
    if mask is not None:
        SubElement(options, 'SrcAlphaBand').text = str(mask.band)
    SubElement(options, 'DstAlphaBand').text = str(len(bands) + 1)
    return tostring(root)


def virtual_root(grid: RasterInfo) -> Element:
    """A virtual raster's XML with size and position only."""
    root = Element(
        'VRTDataset', dict(rasterXSize=str(grid.width), rasterYSize=str(grid.height))
    )
    if grid.crs:
        SubElement(root, 'SRS').text = grid.crs.to_wkt()
    if not grid.transform.is_identity:
        SubElement(root, 'GeoTransform').text = _numbers(grid.transform)
    return root


def add_band(
    parent: Element, number: int, dtype: str, nodata: np.generic | None
) -> Element:
    """Adds an empty band."""
    attributes = dict(dataType=TYPE_NAMES[dtype], band=str(number))
    node = SubElement(parent, 'VRTRasterBand', attributes)
    if nodata is not None:
        SubElement(node, 'NoDataValue').text = repr(float(nodata))
    return node


def name_source(parent: Element, tag: str, path: str, folder: Path) -> None:
    """Names a file relative to the folder of the virtual raster."""
    node = SubElement(parent, tag, dict(relativeToVRT='1'))
    node.text = Path(os.path.relpath(path, folder)).as_posix()


def _add_settings(
    options: Element, source: RasterInfo, grid: RasterInfo, alone: bool
) -> None:
    across, down = source_spread(source, grid, Window(0, 0, grid.width, grid.height))
    settings = dict(
        # As ``band_suffices`` says: one band, or all must hold it.
        UNIFIED_SRC_NODATA='PARTIAL' if alone else 'YES',
        INIT_DEST='NO_DATA' if alone else '0',
        # GDAL's own guess widens the kernel of turned grids, which blurs and moves.
        XSCALE=repr(float(1 / across)),
        YSCALE=repr(float(1 / down)),
    )
    for name, value in settings.items():
        SubElement(options, 'Option', dict(name=name)).text = value


def _add_transformer(options: Element, source: RasterInfo, grid: RasterInfo) -> None:
    # GDAL's longitudes go from -180 to 180, or half a turn to either side of a middle.
    source, grid = beside(source, 0), beside(grid, 0)
    node = SubElement(SubElement(options, 'Transformer'), 'ApproxTransformer')
    SubElement(node, 'MaxError').text = MAX_ERROR
    node = SubElement(SubElement(node, 'BaseTransformer'), 'GenImgProjTransformer')
    for name, info in dict(Src=source, Dst=grid).items():
        SubElement(node, f'{name}GeoTransform').text = _numbers(info.transform)
        SubElement(node, f'{name}InvGeoTransform').text = _numbers(~info.transform)
    if source.crs != grid.crs:
        node = SubElement(
            SubElement(node, 'ReprojectTransformer'), 'ReprojectionTransformer'
        )
        SubElement(node, 'SourceSRS').text = source.crs.to_wkt()
        SubElement(node, 'TargetSRS').text = grid.crs.to_wkt()
        named = SubElement(node, 'Options')
        for side, info in dict(SOURCE=source, TARGET=grid).items():
            if full_turn(info.crs):
                middle = (geotransform(info) @ (info.width, info.height, 2))[0] / 2
                degrees = repr(float(middle * 360 / full_turn(info.crs)))
                name = f'{side}_CENTER_LONG' if side == 'TARGET' else 'CENTER_LONG'
                SubElement(named, 'Option', dict(key=name)).text = degrees


def _numbers(transform: Any) -> str:
    return ', '.join(map(repr, map(float, transform.to_gdal())))
