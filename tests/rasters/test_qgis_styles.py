"""The styles were also opened once in QGIS 3.22: seven entries, coloured polygons."""

import sqlite3
from xml.etree import ElementTree

import pytest

from glcnet_mm.rasters.legend import write_legend_files
from glcnet_mm.rasters.qgis_styles import (
    area_style,
    outline_style,
    set_default_style,
    write_raster_style,
)

CLASSES = ['water & ice', '<field>', 'town']
PALETTE = [(40, 90, 200), (1, 2, 3), (255, 255, 255)]


def entries(path):
    return [
        dict(entry.items()) for entry in ElementTree.parse(path).iter('paletteEntry')
    ]


def test_the_legend_of_a_raster_is_its_classes_alone(tmp_path):
    write_legend_files(tmp_path / 'a.b.tif', CLASSES, PALETTE)
    found = entries(tmp_path / 'a.b.qml')
    assert [(e['value'], e['label'], e['color'], e['alpha']) for e in found] == [
        ('0', 'water & ice', '#285ac8', '255'),
        ('1', '<field>', '#010203', '255'),
        ('2', 'town', '#ffffff', '255'),
    ]
    # QGIS looks at the kind of the renderer and its band.
    (renderer,) = ElementTree.parse(tmp_path / 'a.b.qml').iter('rasterrenderer')
    assert (renderer.get('type'), renderer.get('band')) == ('paletted', '1')


def test_a_style_of_ours_is_replaced_and_one_saved_in_qgis_is_kept(tmp_path):
    raster, style = tmp_path / 'map.tif', tmp_path / 'map.qml'
    write_raster_style(raster, CLASSES, PALETTE)
    write_raster_style(raster, CLASSES[:2], PALETTE[:2])
    assert len(entries(style)) == 2
    write_raster_style(raster, [], [])
    assert not style.exists()
    style.write_text('<qgis version="3.22"/>')
    write_raster_style(raster, CLASSES, PALETTE)
    write_raster_style(raster, [], [])
    assert style.read_text() == '<qgis version="3.22"/>'


def test_polygons_are_told_apart_by_number():
    root = ElementTree.fromstring(
        area_style({0: 'water', 4: 'a & b'}, {0: (1, 2, 3, 255), 4: (9, 8, 7, 255)})
    )
    renderer = root.find('renderer-v2')
    assert renderer.get('type') == 'categorizedSymbol'
    assert renderer.get('attr') == 'number'
    colours = {
        symbol.get('name'): symbol.find("layer/prop[@k='color']").get('v')
        for symbol in renderer.iter('symbol')
    }
    found = {
        (c.get('value'), c.get('label'), colours[c.get('symbol')])
        for c in renderer.iter('category')
    }
    assert found == {('0', 'water', '1,2,3,255'), ('4', 'a & b', '9,8,7,255')}


def test_outlines_are_empty_and_labelled():
    root = ElementTree.fromstring(outline_style('rank'))
    assert root.find(".//prop[@k='style']").get('v') == 'no'
    assert root.get('labelsEnabled') == '1'
    assert root.find('.//text-style').get('fieldName') == 'rank'


def test_every_layer_keeps_its_own_style(tmp_path):
    raw = pytest.importorskip('pyogrio.raw')
    import numpy as np
    import shapely

    path = tmp_path / 'a.gpkg'
    for layer in ('one', 'two'):
        raw.write(
            str(path), np.array([shapely.box(0, 0, 1, 1).wkb], object),
            [np.array([1])], ['number'], layer=layer, driver='GPKG',
            geometry_type='Polygon', crs='EPSG:32633', append=path.exists(),
        )  # fmt: skip
        set_default_style(path, layer, f'<{layer}/>')
    with sqlite3.connect(path) as file:
        rows = file.execute(
            'SELECT f_table_schema, f_table_name, f_geometry_column, styleQML, '
            'useAsDefault FROM layer_styles'
        ).fetchall()
        columns = file.execute(
            'SELECT table_name, column_name FROM gpkg_geometry_columns'
        )
        assert columns.fetchall() == [('one', 'geom'), ('two', 'geom')]
    assert rows == [('', 'one', 'geom', '<one/>', 1), ('', 'two', 'geom', '<two/>', 1)]
    # Both layers, and no third one with shapes, are still there for any reader.
    import pyogrio

    kinds = dict(pyogrio.list_layers(path))
    assert kinds == {'one': 'Polygon', 'two': 'Polygon', 'layer_styles': None}
