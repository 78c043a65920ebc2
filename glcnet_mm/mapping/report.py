"""Pixels and hectares of every class of a map."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from rasterio.windows import Window

from ..errors import UserError
from ..files import write_text
from ..rasters.georeference import read_georeference
from ..rasters.pixel_areas import line_hectares
from ..rasters.raster_writer import NODATA
from ..visualization.page import csv_text
from .output_checks import check_writable

LINES_AT_ONCE = 512


class ClassArea(NamedTuple):
    """How much of a map is of one class."""

    number: int
    name: str
    pixels: int
    hectares: float | None


def class_areas(path: str | Path) -> list[ClassArea]:
    """Counts a class map, block by block.

    Returns:
        One entry per class, then one for nodata; hectares are None when the map does
        not say how large its pixels are.
    """
    hectares = line_hectares(read_georeference(str(path)))
    with rasterio.open(path) as file:
        names = class_names(file) | {NODATA: 'nodata'}
        pixels = dict.fromkeys(names, 0)
        areas = dict.fromkeys(names, 0.0)
        for line in range(0, file.height, LINES_AT_ONCE):
            height = min(LINES_AT_ONCE, file.height - line)
            block = file.read(1, window=Window(0, line, file.width, height))
            for number in names:
                found = np.count_nonzero(block == number, axis=1)
                pixels[number] += int(found.sum())
                if hectares is not None:
                    areas[number] += float(found @ hectares[line : line + height])
    return [
        ClassArea(n, name, pixels[n], None if hectares is None else areas[n])
        for n, name in names.items()
    ]


def check_report(path: str) -> None:
    """Refuses a name that the table cannot be written to."""
    if not path.lower().endswith('.csv'):
        raise UserError(f'{path} must end in .csv, for it will be a table.')
    check_writable(Path(path))


def class_names(file: rasterio.DatasetReader) -> dict[int, str]:
    """Names that a class map keeps of its classes, by number."""
    tags = file.tags(1)
    count = sum(key.startswith('CLASS_') for key in tags)
    return {i: tags[f'CLASS_{i}'] for i in range(count)}


def write_report(path: str | Path, reports: Mapping[str, Sequence[ClassArea]]) -> None:
    """Writes a table of all maps as CSV, with an empty field for unknown hectares."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator='\n')
    table.writerow(['map', *ClassArea._fields])
    for name, areas in reports.items():
        for area in areas:
            known = '' if area.hectares is None else f'{area.hectares:.4f}'
            named = csv_text(name), area.number, csv_text(area.name)
            table.writerow([*named, area.pixels, known])
    write_text(path, text.getvalue())


def report_lines(areas: Sequence[ClassArea]) -> list[str]:
    """The same as lines to read."""
    mapped = max(sum(a.pixels for a in areas if a.number != NODATA), 1)
    lines = []
    for area in areas:
        share = '' if area.number == NODATA else f'{area.pixels / mapped:7.2%}'
        ground = '' if area.hectares is None else f'{area.hectares:16,.2f} ha'
        lines.append(f'{area.name:24} {area.pixels:16,} px {share:>8}{ground}')
    return lines
