"""Whether two rasters say the same: pixels, masks and all else."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from rasterio import DatasetReader
from rasterio.enums import MaskFlags
from rasterio.windows import Window

# How pixels are stored is what a rewritten file may change.
STORAGE = ('IMAGE_STRUCTURE', 'DERIVED_SUBDATASETS', 'TIFF')

# Compared at once, so that memory is bounded.
CHECK_ROWS, CHECK_COLS = 512, 16384


def differing_facts(first: DatasetReader, second: DatasetReader) -> set[str]:
    """Names of what two rasters say differently."""
    facts = _facts(first), _facts(second)
    return {name for name in facts[0] if facts[0][name] != facts[1][name]}


def equal_pixels(first: DatasetReader, second: DatasetReader) -> bool:
    """Whether all pixels and masks are the same, rows of blocks by rows of blocks."""
    flags = first.mask_flag_enums[0]
    masked = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
    for window in strips(first.width, first.height):
        pixels = (source.read(window=window) for source in (first, second))
        # Bytes, for NaN is not equal to itself.
        if not np.array_equal(*(p.view(np.uint8) for p in pixels)):
            return False
        masks = (source.read_masks(1, window=window) for source in (first, second))
        if masked and not np.array_equal(*masks):
            return False
    return True


def strips(width: int, height: int) -> Iterator[Window]:
    """Windows that cover a raster, of bounded size."""
    for row in range(0, height, CHECK_ROWS):
        for col in range(0, width, CHECK_COLS):
            yield Window(
                col, row, min(CHECK_COLS, width - col), min(CHECK_ROWS, height - row)
            )


def _facts(source: DatasetReader) -> dict[str, Any]:
    points, points_crs = source.gcps
    return {
        'size': (source.count, source.width, source.height),
        'types': source.dtypes,
        'CRS': source.crs,
        'transform': source.transform,
        'ground control points': (
            points_crs,
            [(p.row, p.col, p.x, p.y, p.z) for p in points],
        ),
        'RPCs': source.rpcs and source.rpcs.to_gdal(),
        'nodata': repr(source.nodatavals),
        'colour interpretation': source.colorinterp,
        'colour tables': [_colours(source, band) for band in source.indexes],
        'band descriptions': source.descriptions,
        'units': source.units,
        'scales': (source.scales, source.offsets),
        'masks': source.mask_flag_enums,
        'overviews': [source.overviews(band) for band in source.indexes],
        'tags': _tags(source, 0),
        'band tags': [_tags(source, band) for band in source.indexes],
    }


def _colours(source: DatasetReader, band: int) -> dict | None:
    try:
        return source.colormap(band)
    except ValueError:
        return None


def _tags(source: DatasetReader, band: int) -> dict[str, dict[str, str]]:
    spaces = {*source.tag_namespaces(band)} - {*STORAGE}
    tags = {space: source.tags(band, ns=space) for space in spaces}
    return {**tags, '': source.tags(band)}
