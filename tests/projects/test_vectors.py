import json

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform_geom

from glcnet_mm.errors import UserError
from glcnet_mm.projects.vectors import burn, find_vectors, read_shapes
from glcnet_mm.rasters.qgis_styles import set_default_style

pytest.importorskip('pyogrio')
CRS, DEGREES = 'EPSG:32633', 'EPSG:4326'


def box(left, bottom, right, top):
    ring = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    return dict(type='Polygon', coordinates=[ring])


def write_geojson(path, rows, crs=DEGREES):
    """Rows of properties and boxes in metres, written in degrees."""
    features = [
        dict(
            type='Feature',
            properties=properties,
            geometry=transform_geom(CRS, crs, geometry),
        )
        for properties, geometry in rows
    ]
    content = dict(type='FeatureCollection', features=features)
    path.write_text(json.dumps(content))
    return str(path)


# Of a scene of 32 pixels of 2 m that begins at (500000, 5400000).
LEFT = box(500000, 5399936, 500020, 5400000)
RIGHT = box(500040, 5399936, 500064, 5400000)


@pytest.fixture
def image(tmp_path, write_raster):
    return write_raster(tmp_path / 'images/a.tif', np.ones((3, 32, 32), np.uint8))


def test_shapes_lie_where_they_are_on_the_ground(tmp_path, image):
    rows = [(dict(fid=1, Class='wood'), LEFT), (dict(fid=2, Class='lake'), RIGHT)]
    source = write_geojson(tmp_path / 'a.geojson', rows)
    burnt = burn([source], [image], tmp_path / 'out', None)
    assert burnt.classes == ['lake', 'wood']
    with rasterio.open(burnt.labels[image]) as file, rasterio.open(image) as grid:
        label = file.read(1)
        assert (file.transform, file.crs) == (grid.transform, grid.crs)
    expected = np.full((32, 32), 255)
    expected[:, :10], expected[:, 20:] = 1, 0
    assert np.array_equal(label, expected)


def test_one_class_alone_gets_a_background_inside_its_bounds(tmp_path, image):
    rows = [(dict(kind='roof'), box(500000, 5399980, 500010, 5400000))]
    rows.append((dict(kind='roof'), box(500020, 5399960, 500030, 5399970)))
    burnt = burn(
        [write_geojson(tmp_path / 'a.json', rows)], [image], tmp_path / 'out', 'kind'
    )
    assert burnt.classes == ['background', 'roof']
    with rasterio.open(burnt.labels[image]) as file:
        label = file.read(1)
    # Bounds of 15 x 20 pixels, roofs of 5 x 10 and of 5 x 5.
    assert [(label == v).sum() for v in (1, 0)] == [75, 300 - 75]
    assert (label[20:] == 255).all()


def test_one_class_that_leaves_no_background_is_told(tmp_path, image):
    source = write_geojson(tmp_path / 'a.json', [(dict(kind='roof'), LEFT)])
    sentence = 'a.json: its shapes are of one class alone, roof.*add shapes of what is'
    with pytest.raises(UserError, match=sentence):
        burn([source], [image], tmp_path / 'out', None)


def test_an_image_without_shapes_gets_no_label(tmp_path, image, write_raster):
    far = rasterio.transform.from_origin(900000, 5400000, 2, 2)
    pixels = np.ones((3, 32, 32), np.uint8)
    other = write_raster(tmp_path / 'images/b.tif', pixels, transform=far)
    rows = [(dict(kind='wood'), LEFT), (dict(kind='lake'), RIGHT)]
    source = write_geojson(tmp_path / 'a.geojson', rows)
    burnt = burn([source], [other, image], tmp_path / 'out', None)
    assert list(burnt.labels) == [image]
    assert len(list((tmp_path / 'out').iterdir())) == 1
    with pytest.raises(UserError, match='no shape lies on any image'):
        burn([source], [other], tmp_path / 'out', None)


def test_geopackage_and_shapefile_are_read(tmp_path):
    from pyogrio.raw import read, write

    rows = [(dict(code=3.0), LEFT), (dict(code=12.0), RIGHT)]
    meta, _, geometry, data = read(write_geojson(tmp_path / 'a.geojson', rows))
    for name, driver in (('v/b.gpkg', 'GPKG'), ('v/c.shp', 'ESRI Shapefile')):
        (tmp_path / 'v').mkdir(exist_ok=True)
        path = str(tmp_path / name)
        about = dict(crs=meta['crs'], geometry_type='Polygon', driver=driver)
        write(path, geometry, data, meta['fields'], **about)
        shapes, column = read_shapes(path, None)
        assert (shapes.texts, column) == (['3', '12'], 'code')
    assert len(find_vectors(str(tmp_path / 'v'))) == 2


def test_of_several_layers_none_is_guessed_and_a_saved_style_is_no_layer(tmp_path):
    from pyogrio.raw import read, write

    source = write_geojson(tmp_path / 'a.geojson', [(dict(code=3.0), LEFT)])
    meta, _, geometry, data = read(source)
    path = str(tmp_path / 'a.gpkg')
    about = dict(crs=meta['crs'], geometry_type='Polygon', driver='GPKG')
    write(path, geometry, data, meta['fields'], layer='fields', **about)
    set_default_style(path, 'fields', '<qgis/>')
    assert read_shapes(path, None)[0].texts == ['3']
    write(path, geometry, data, meta['fields'], layer='roads', append=True, **about)
    with pytest.raises(UserError, match='the layers fields, roads; save the one'):
        read_shapes(path, None)


def test_unclear_columns_are_listed(tmp_path):
    row = (dict(width=1.5, height=2.5), LEFT)
    source = write_geojson(tmp_path / 'a.geojson', [row])
    with pytest.raises(UserError, match='width, height.*--class-column'):
        read_shapes(source, None)
    with pytest.raises(UserError, match='no column "kind"'):
        read_shapes(source, 'kind')
