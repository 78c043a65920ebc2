"""How QGIS draws what is written: legends of maps, colours of polygons, outlines.

QGIS reads a style file (``.qml``) of a raster's name by itself, and the default style
in a GeoPackage's table ``layer_styles``. Without one it lists all 256 entries of a
GeoTIFF's colour table and fills every polygon with one colour of its choice.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..files import write_text

# QGIS drops it when somebody saves a style of their own under this name.
MARK = '<!-- Written by glcnet_mm. -->'
OUTLINE = (227, 26, 28)
# As QGIS itself makes it.
STYLE_TABLE = """
CREATE TABLE IF NOT EXISTS layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT CURRENT_TIMESTAMP
)
"""
STYLE_ROW = """
INSERT INTO layer_styles (
    f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
    styleQML, styleSLD, useAsDefault, description, owner
) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')
"""
LISTED = """
INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier)
VALUES ('layer_styles', 'attributes', 'layer_styles')
"""

Colour = Sequence[int]


def write_raster_style(
    raster: str | Path, classes: Sequence[str], palette: Sequence[Colour]
) -> None:
    """Writes ``NAME.qml`` beside ``NAME.tif``: the classes alone make the legend.

    A style that somebody saved there in QGIS is kept; an older one of ours is
    replaced, or removed when there are no classes.
    """
    path = Path(raster).with_suffix('.qml')
    if path.exists() and MARK.encode() not in path.read_bytes():
        return
    if not classes:
        path.unlink(missing_ok=True)
        return
    root = ElementTree.Element('qgis', version='3.0', styleCategories='Symbology')
    pipe = ElementTree.SubElement(root, 'pipe')
    kind = dict(type='paletted', band='1', opacity='1', alphaBand='-1')
    renderer = ElementTree.SubElement(pipe, 'rasterrenderer', kind)
    entries = ElementTree.SubElement(renderer, 'colorPalette')
    for number, (name, rgb) in enumerate(zip(classes, palette, strict=True)):
        colour = '#{:02x}{:02x}{:02x}'.format(*rgb)
        entry = dict(value=str(number), label=name, color=colour, alpha='255')
        ElementTree.SubElement(entries, 'paletteEntry', entry)
    write_text(path, f'{MARK}\n{_as_text(root)}\n')


def area_style(names: Mapping[int, str], colours: Mapping[int, Colour]) -> str:
    """Polygons in the colours of their classes, told by the field ``number``."""
    root, renderer = _vector_style('categorizedSymbol', attr='number')
    categories = ElementTree.SubElement(renderer, 'categories')
    symbols = ElementTree.SubElement(renderer, 'symbols')
    for symbol, (number, name) in enumerate(names.items()):
        entry = dict(value=str(number), symbol=str(symbol), label=name, render='true')
        ElementTree.SubElement(categories, 'category', entry)
        _fill(symbols, symbol, color=_rgba(colours[number]), outline_width='0.1')
    return _as_text(root)


def outline_style(label: str) -> str:
    """Outlines that leave the image below to be seen, with a field as label."""
    root, renderer = _vector_style('singleSymbol')
    symbols = ElementTree.SubElement(renderer, 'symbols')
    red = _rgba(OUTLINE)
    _fill(symbols, 0, style='no', outline_color=red, outline_width='0.5')
    labelling = ElementTree.SubElement(root, 'labeling', type='simple')
    settings = ElementTree.SubElement(labelling, 'settings')
    text = dict(fieldName=label, isExpression='0', fontSize='10', textColor=red)
    style = ElementTree.SubElement(settings, 'text-style', text)
    halo = dict(bufferDraw='1', bufferSize='1', bufferColor='255,255,255,255')
    ElementTree.SubElement(style, 'text-buffer', halo)
    return _as_text(root)


def set_default_style(path: str | Path, layer: str, style: str) -> None:
    """Writes a style into a GeoPackage, where QGIS takes it as the layer's own."""
    file = sqlite3.connect(path)
    try:
        with file:
            file.execute(STYLE_TABLE)
            file.execute(STYLE_ROW, (layer, layer, style))
            file.execute(LISTED)
    finally:
        file.close()


def _vector_style(
    kind: str, **attributes: str
) -> tuple[ElementTree.Element, ElementTree.Element]:
    labels = '1' if kind == 'singleSymbol' else '0'
    root = ElementTree.Element('qgis', version='3.0', labelsEnabled=labels)
    renderer = dict(type=kind, symbollevels='0', **attributes)
    return root, ElementTree.SubElement(root, 'renderer-v2', renderer)


def _fill(symbols: ElementTree.Element, name: int, **properties: str) -> None:
    symbol = dict(type='fill', name=str(name), alpha='1')
    fill = dict({'class': 'SimpleFill'}, enabled='1', locked='0')
    parent = ElementTree.SubElement(symbols, 'symbol', symbol)
    layer = ElementTree.SubElement(parent, 'layer', fill)
    for key, value in properties.items():
        ElementTree.SubElement(layer, 'prop', k=key, v=value)


def _rgba(rgb: Colour) -> str:
    return ','.join(map(str, (*rgb[:3], 255)))


def _as_text(root: ElementTree.Element) -> str:
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding='unicode')
