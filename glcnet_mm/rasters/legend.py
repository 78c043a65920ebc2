"""Class names and colours inside the rasters, as QGIS and GDAL read them."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import rasterio

from ..files import whole_file
from .qgis_styles import write_raster_style
from .raster_writer import NODATA

PROBABILITY_STEPS = 250


def describe_classes(
    target: rasterio.io.DatasetWriter,
    classes: Sequence[str],
    palette: Sequence[Sequence[int]],
) -> None:
    """Sets colour table, band name and one tag per class."""
    colours = {i: (*map(int, rgb), 255) for i, rgb in enumerate(palette)}
    target.write_colormap(1, colours | {NODATA: (0, 0, 0, 0)})
    target.set_band_description(1, 'class')
    target.update_tags(1, **{f'CLASS_{i}': name for i, name in enumerate(classes)})


def describe_probabilities(
    target: rasterio.io.DatasetWriter, classes: Sequence[str]
) -> None:
    """Names the bands after the classes; band value times scale is the probability."""
    target.scales = [1 / PROBABILITY_STEPS] * len(classes)
    for band, name in enumerate(classes, 1):
        target.set_band_description(band, f'probability of {name}')


def describe_entropy(target: rasterio.io.DatasetWriter) -> None:
    """Band value times scale is the share of the largest possible entropy."""
    target.scales = [1 / PROBABILITY_STEPS]
    target.set_band_description(1, 'entropy')


def write_legend_files(
    raster: str | Path, classes: Sequence[str], palette: Sequence[Sequence[int]]
) -> None:
    """Writes what stands beside a raster of classes: names for GDAL, a style for QGIS.

    Without classes both are removed, for they belong to an older raster.
    """
    _write_category_names(raster, classes)
    write_raster_style(raster, classes, palette)


def _write_category_names(raster: str | Path, classes: Sequence[str]) -> None:
    """Writes GDAL's side-car file, the only place a TIFF's category names can be.

    It replaces an older one, whose statistics belong to an older raster; without
    names, that one is only removed.
    """
    path = Path(f'{raster}.aux.xml')
    if not classes:
        path.unlink(missing_ok=True)
        return
    names = ''.join(f'      <Category>{escape(name)}</Category>\n' for name in classes)
    with whole_file(path, typed=True) as partial:
        partial.write_text(
            '<PAMDataset>\n  <PAMRasterBand band="1">\n    <CategoryNames>\n'
            f'{names}    </CategoryNames>\n  </PAMRasterBand>\n</PAMDataset>\n',
            encoding='utf-8',
        )
