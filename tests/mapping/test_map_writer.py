import resource

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS

from glcnet_mm.rasters.georeference import read_georeference
from glcnet_mm.rasters.raster_writer import MapWriter


@pytest.fixture
def make_writer(write_scene, tmp_path):
    position = read_georeference(write_scene(600, 700))
    folder = tmp_path / 'out'
    folder.mkdir()
    return lambda: MapWriter(folder / 'map.tif', position, 1, lambda file: None)


@pytest.fixture
def pixels():
    """Noise, which takes as much room compressed."""
    return np.random.default_rng(0).integers(0, 255, (1, 600, 700)).astype(np.uint8)


@pytest.mark.parametrize('chunk', [1, 64, 300, 600])
def test_lines_arrive_in_any_portions(make_writer, pixels, chunk):
    with make_writer() as writer:
        for top in range(0, 600, chunk):
            writer.write(pixels[:, top : top + chunk])
        assert not writer.path.exists()
    with rasterio.open(writer.path) as file:
        np.testing.assert_array_equal(file.read(), pixels)
        assert file.tags(ns='IMAGE_STRUCTURE')['COMPRESSION'] == 'DEFLATE'
    assert list(writer.path.parent.iterdir()) == [writer.path]


def test_nobody_can_foretell_where_a_map_is_begun(make_writer):
    names = {make_writer().temporary.name for _ in range(3)}
    assert len(names) == 3 and all(name.startswith('.map.') for name in names)


@pytest.mark.parametrize('crs', ['EPSG:4326', None])
def test_control_points_are_kept_with_and_without_a_crs(crs, tmp_path, pixels):
    points = [
        GroundControlPoint(row, col, 10 + col / 700, 50 - row / 600)
        for row in (0, 600)
        for col in (0, 700)
    ]
    scene, size = tmp_path / 'scene.tif', dict(width=700, height=600)
    with rasterio.open(scene, 'w', driver='GTiff', count=1, dtype='uint8', **size) as f:
        f.gcps = points, CRS() if crs is None else CRS.from_string(crs)
    position = read_georeference(str(scene))
    with MapWriter(tmp_path / 'map.tif', position, 1, lambda file: None) as writer:
        writer.write(pixels)
    with rasterio.open(tmp_path / 'map.tif') as file:
        found, found_crs = file.gcps
    assert [(p.row, p.col, p.x) for p in found] == [(p.row, p.col, p.x) for p in points]
    assert found_crs == (None if crs is None else CRS.from_string(crs))


@pytest.mark.parametrize('room', [1000, 100_000, 400_000])
def test_a_full_disk_leaves_the_old_map(make_writer, pixels, room):
    writer = make_writer()
    writer.path.write_text('old')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match=r'map\.tif (cannot|could not) be written'):
            with writer:
                writer.write(pixels)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert writer.path.read_text() == 'old'
    assert list(writer.path.parent.iterdir()) == [writer.path]
