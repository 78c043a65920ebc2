import shutil
import struct
import subprocess

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from glcnet_mm.mapping import SlidingWindow, map_scene
from glcnet_mm.rasters import cog
from glcnet_mm.rasters.cog import write_cog


def directories(path):
    """Place, sizes and first tiles of a TIFF's images, in the order of the chain."""
    data = open(path, 'rb').read()
    assert data[:4] == b'II*\0'
    offset, found = struct.unpack_from('<I', data, 4)[0], []
    while offset:
        count = struct.unpack_from('<H', data, offset)[0]
        tags = {}
        for i in range(count):
            tag, kind, number, value = struct.unpack_from(
                '<HHII', data, offset + 2 + 12 * i
            )
            value = value & 0xFFFF if kind == 3 else value
            if tag == 324 and number > 1:  # offsets of tiles stand elsewhere
                value = min(
                    v for v in struct.unpack_from(f'<{number}I', data, value) if v
                )
            tags[tag] = value
        found.append((offset, tags[256], tags[324]))
        offset = struct.unpack_from('<I', data, offset + 2 + 12 * count)[0]
    return found


@pytest.fixture
def maps(segmentor, write_scene, tmp_path):
    scene = write_scene(1100, 1300, border=900)
    names = [str(tmp_path / name) for name in ('c.tif', 'p.tif', 'e.tif')]
    map_scene(
        segmentor, scene, *names, sliding=SlidingWindow(overlap_px=0, batch_size=32)
    )
    return scene, names


def test_maps_are_cloud_optimised(maps):
    for name in maps[1]:
        with rasterio.open(name) as file:
            assert file.tags(ns='IMAGE_STRUCTURE')['LAYOUT'] == 'COG'
            assert file.block_shapes == [(512, 512)] * file.count
            assert file.overviews(1) == [2, 4]
        found = directories(name)
        places, widths, tiles = zip(*found, strict=True)
        # All directories lie before all pixels, the small images' pixels come first.
        assert list(widths) == [1300, 650, 325]
        assert sorted(places) == list(places)
        assert max(places) < min(tiles)
        assert sorted(tiles, reverse=True) == list(tiles)


def test_overviews_choose_classes_and_average_amounts(maps):
    with rasterio.open(maps[1][0]) as file:
        half = file.read(1, out_shape=(550, 650))
        full = file.read(1)
    near = [full[i::2, j::2] for i in (0, 1) for j in (0, 1)]
    assert np.any([half == one for one in near], axis=0).all()
    with rasterio.open(maps[1][1]) as file:
        half, full = file.read(1, out_shape=(550, 650)), file.read(1).astype(float)
    full[full == 255] = np.nan
    mean = np.nanmean([full[i::2, j::2] for i in (0, 1) for j in (0, 1)], axis=0)
    inside = ~np.isnan(mean)
    assert abs(half[inside] - mean[inside]).max() <= 0.5
    assert (half[~inside] == 255).all()


def test_georeferencing_is_exact(maps):
    with rasterio.open(maps[0]) as scene, rasterio.open(maps[1][0]) as file:
        assert file.crs == scene.crs
        for corner in [(0, 0), (1300, 0), (0, 1100), (1300, 1100)]:
            back = ~scene.transform * (file.transform * corner)
            np.testing.assert_allclose(back, corner, atol=1e-6)
        assert file.colorinterp == (ColorInterp.palette,)


def test_gdal_reads_the_map(maps):
    """GDAL's own program, apart from the one inside rasterio."""
    if shutil.which('gdalinfo') is None:
        pytest.skip('gdalinfo is not installed')
    for scale, name in enumerate(maps[1]):
        text = subprocess.check_output(['gdalinfo', name], text=True)
        for line in (
            'Size is 1300, 1100',
            'ID["EPSG",32633]]',
            'Origin = (400000.000000000000000,5000000.000000000000000)',
            'Pixel Size = (0.500000000000000,-0.500000000000000)',
            'LAYOUT=COG',
            'NoData Value=255',
            'Overviews: 650x550, 325x275',
        ):
            assert line in text, (name, line)
        assert ('Scale:0.004' in text) == bool(scale)
        assert ('2: 200,30,30,255' in text) == (not scale)
        assert ('1: field & forest' in text) == (not scale)


def test_a_copy_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    source, out = tmp_path / 'a.tif', tmp_path / 'out' / 'map.tif'
    with rasterio.open(
        source,
        'w',
        driver='GTiff',
        width=9,
        height=9,
        count=1,
        dtype='uint8',
        transform=Affine(1, 0, 5, 0, -1, 5),
    ) as file:
        file.write(np.ones((1, 9, 9), np.uint8))
    out.parent.mkdir()
    out.write_text('old')

    def fail(path):
        raise cog.RasterReadError(f'{path} is truncated')

    monkeypatch.setattr(cog, 'raster_info', fail)
    with pytest.raises(OSError, match=r'map\.tif cannot be written: .*truncated'):
        write_cog(source, out, 'nearest')
    assert [path.name for path in out.parent.iterdir()] == ['map.tif']
    assert out.read_text() == 'old'
