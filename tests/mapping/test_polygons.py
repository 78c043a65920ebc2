import sqlite3

import numpy as np
import pytest
import rasterio
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from scipy import ndimage

from glcnet_mm.mapping import polygons
from glcnet_mm.mapping.polygons import check_polygons, write_polygons
from glcnet_mm.mapping.report import class_areas
from glcnet_mm.rasters.legend import describe_classes

raw = pytest.importorskip('pyogrio.raw')
NORTH_UP = from_origin(4e5, 5e6, 10, 10)
NAMES = ['water', 'field', 'town']


@pytest.fixture
def write_map(tmp_path):
    def write(classes, transform=NORTH_UP, crs='EPSG:32633'):
        path = str(tmp_path / 'map.tif')
        height, width = classes.shape
        size = dict(height=height, width=width, count=1, dtype='uint8', nodata=255)
        with rasterio.open(
            path, 'w', driver='GTiff', crs=crs, transform=transform, **size
        ) as file:
            describe_classes(file, NAMES, [(i, i, i) for i in range(3)])
            file.write(classes.astype(np.uint8), 1)
        return path

    return write


@pytest.fixture
def classes():
    """Patches of all sizes and a border of nodata."""
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(90, 70)), 2)
    classes = np.digitize(smooth, [-0.05, 0.05])
    classes[:, :5] = 255
    return classes


def rings(wkb):
    """A polygon's rings by the standard's layout, read number by number."""
    assert wkb[:5] == b'\1\3\0\0\0'
    count, at, found = int.from_bytes(wkb[5:9], 'little'), 9, []
    for _ in range(count):
        points = int.from_bytes(wkb[at : at + 4], 'little')
        found.append(np.frombuffer(wkb, '<f8', 2 * points, at + 4).reshape(-1, 2))
        at += 4 + 16 * points
    assert at == len(wkb)
    return found


def read(path):
    meta, _, geometry, fields = raw.read(str(path))
    return meta, geometry, dict(zip(meta['fields'], fields, strict=True))


def drawn(geometry, fields, shape, transform):
    shapes = [
        (dict(type='Polygon', coordinates=[r.tolist() for r in rings(wkb)]), number)
        for wkb, number in zip(geometry, fields['number'], strict=True)
    ]
    return rasterize(shapes, shape, fill=255, transform=transform, dtype='uint8')


@pytest.mark.parametrize('block', [4096, 32])
def test_polygons_drawn_again_are_the_map(
    write_map, classes, tmp_path, monkeypatch, block
):
    monkeypatch.setattr(polygons, 'BLOCK_PX', block)
    transform = Affine(8, 6, 4e5, 6, -8, 5e6)
    out = tmp_path / 'areas.gpkg'
    write_polygons(write_map(classes, transform), str(out))
    meta, geometry, fields = read(out)
    assert (meta['crs'], meta['geometry_type']) == ('EPSG:32633', 'Polygon')
    np.testing.assert_array_equal(drawn(geometry, fields, (90, 70), transform), classes)
    for number, name in enumerate(NAMES):
        mine = fields['number'] == number
        assert set(fields['name'][mine]) == {name}
        expected = (classes == number).sum() * 100 / 1e4
        assert fields['hectares'][mine].sum() == pytest.approx(expected)
    assert not list(tmp_path.glob('.*'))
    with sqlite3.connect(out) as base:
        assert base.execute('pragma application_id').fetchone()[0] == 0x47504B47
        rows = base.execute('SELECT f_table_name, styleQML FROM layer_styles')
        ((layer, style),) = rows.fetchall()
    assert layer == 'classes' and 'label="town"' in style and 'v="2,2,2,255"' in style


@pytest.mark.parametrize('block', [4096, 32])
def test_small_areas_go_to_a_neighbour(
    write_map, classes, tmp_path, monkeypatch, block
):
    monkeypatch.setattr(polygons, 'BLOCK_PX', block)
    out = tmp_path / 'areas.gpkg'
    write_polygons(write_map(classes), str(out), min_hectares=0.12)  # 12 pixels
    _, geometry, fields = read(out)
    found = drawn(geometry, fields, (90, 70), NORTH_UP)
    np.testing.assert_array_equal(found == 255, classes == 255)
    changed = 0
    for number in range(3):
        parts, count = ndimage.label(classes == number)
        for i in range(1, count + 1):
            part = parts == i
            if part.sum() >= 12:
                assert (found[part] == number).all()
            else:
                changed += (found[part] != number).all()
    assert changed > 5
    if block > 90:
        assert fields['hectares'].min() >= 0.12


def test_hectares_of_degrees_equal_the_report(write_map, classes, tmp_path):
    path = write_map(classes, from_origin(10, 50, 0.1, 0.3), 'EPSG:4326')
    write_polygons(path, str(tmp_path / 'areas.gpkg'))
    _, _, fields = read(tmp_path / 'areas.gpkg')
    for area in class_areas(path)[:3]:
        found = fields['hectares'][fields['number'] == area.number].sum()
        assert found == pytest.approx(area.hectares, rel=1e-9)


def test_what_has_no_place_is_refused(write_map, classes, tmp_path):
    path = write_map(classes, Affine.identity(), None)
    with pytest.raises(ValueError, match='no geotransform'):
        check_polygons(str(tmp_path / 'a.gpkg'), path)
    with pytest.raises(ValueError, match=r'must end in \.gpkg'):
        check_polygons(str(tmp_path / 'a.shp'), path)
    with pytest.raises(ValueError, match='how large its pixels are'):
        write_polygons(path, str(tmp_path / 'a.gpkg'), 1)
    assert not list(tmp_path.glob('*.gpkg'))
