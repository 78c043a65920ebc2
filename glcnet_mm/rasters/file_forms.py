"""Rasters whose bands are not what they seem, told from their headers."""

from collections.abc import Sequence

from rasterio import DatasetReader
from rasterio.enums import ColorInterp

from ..errors import UserError

PALETTE = 'palette'


def complex_type(source: DatasetReader) -> str | None:
    """What is wrong with a raster of complex values, None for any other."""
    types = [name for name in {*source.dtypes} if name.startswith('complex')]
    if not types:
        return None
    return (
        f'holds complex values ({types[0]}), which have no order and no range; write '
        f'their amplitude to a file of its own, for example by gdal_calc.py '
        f'--calc="abs(A)".'
    )


def form_of(source: DatasetReader) -> str:
    """``palette``, ``3 pages`` of one size in one TIFF, or empty."""
    if source.driver == 'GTiff' and len(source.subdatasets) > 1:
        tags = source.tags(ns='SUBDATASETS')
        # 'Page 2 (160P x 160L x 1B)'; a page of another size may be a thumbnail.
        sizes = [
            text.partition('(')[2]
            for name, text in tags.items()
            if name.endswith('_DESC')
        ]
        if len({*sizes}) == 1:
            return f'{len(sizes)} pages'
    if source.count == 1 and source.colorinterp[0] == ColorInterp.palette:
        return PALETTE
    return ''


def scaling_of(source: DatasetReader) -> str:
    """Offset and scale of the header, in words; empty where they change nothing."""
    names = {}
    for name, values, nothing in (
        ('offset', source.offsets, 0),
        ('scale', source.scales, 1),
    ):
        if any(value != nothing for value in values):
            names[name] = _in_words(values)
    return ', '.join(f'{name} {text}' for name, text in names.items())


def _in_words(values: Sequence[float]) -> str:
    alike = len({*values}) == 1
    return ' '.join(f'{value:g}' for value in (values[:1] if alike else values))


def check_form(path: str, form: str, chosen: bool) -> None:
    """Refuses a raster that would be read as what it is not.

    Args:
        path: Of the raster.
        form: Of its header.
        chosen: Whether the user names the bands, and so means the numbers.

    Raises:
        UserError: It is a palette image or has several pages.
    """
    if form == PALETTE and not chosen:
        raise UserError(
            f'{path} is a palette image: its numbers stand for colours; expand it, by '
            f'gdal_translate -expand rgb, or, if the numbers are measurements, name '
            f'the band in LoadRaster: bands=[1].'
        )
    if form.endswith('pages'):
        raise UserError(
            f'{path} has {form} of one size, of which only the first would be read; '
            f'if they are bands, join them: gdalbuildvrt -separate stack.vrt '
            f'GTIFF_DIR:1:{path} GTIFF_DIR:2:{path} ..., or split them into files.'
        )
