"""Small files that would take much memory, and what bounds it."""

import os
import struct
import zipfile

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.drivers import raster_driver_extensions

from glcnet_mm.rasters.blocks_read import MAX_PARTS_AT_ONCE
from glcnet_mm.rasters.memory_bound import VARIABLE
from glcnet_mm.rasters.raster_io import RasterReadError, Window, read_window
from glcnet_mm.rasters.retile import NotRewrittenError, retile
from tests.layouts import write_mosaic

SMALL = Window(0, 0, 16, 16)
needs_jpeg2000 = pytest.mark.skipif(
    'JP2OpenJPEG' not in raster_driver_extensions().values(),
    reason='GDAL cannot write JPEG 2000',
)


def sparse(path, tile=60_000 // 16 * 16, side=60_000):
    """A file of some kilobytes that promises a whole scene, in one tile."""
    profile = dict(driver='GTiff', width=side, height=side, count=1, dtype='uint8')
    tiles = dict(tiled=True, blockxsize=tile, blockysize=tile, compress='deflate')
    with rasterio.open(path, 'w', **profile, **tiles, sparse_ok=True):
        pass
    return str(path)


def test_a_huge_block_is_refused_before_it_is_decoded(tmp_path):
    path = sparse(tmp_path / 'bomb.tif')
    assert (tmp_path / 'bomb.tif').stat().st_size < 10_000
    with pytest.raises(
        RasterReadError, match=r'bomb.tif is not read: one block .*3\.4'
    ):
        read_window(path, SMALL)


def test_a_mosaic_of_it_is_refused_as_well(tmp_path):
    sparse(tmp_path / 'bomb.tif')
    path = write_mosaic(tmp_path / 'a.vrt', 'bomb.tif', side=16)
    with pytest.raises(RasterReadError, match=r'a.vrt reads .*bomb.tif, which is not'):
        read_window(path, SMALL)


def test_a_huge_window_is_refused_with_the_name(tmp_path):
    path = sparse(tmp_path / 'a.tif', tile=256)
    with pytest.raises(RasterReadError, match=r'a.tif is not read: the window .*3\.4'):
        read_window(path, Window(0, 0, 60_000, 60_000))
    assert read_window(path, Window(0, 0, 512, 512))[0].shape == (512, 512, 1)


def test_a_huge_window_around_a_small_file_is_refused(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', np.ones((16, 16), 'uint8'))
    assert read_window(path, SMALL)[1].all()
    with pytest.raises(RasterReadError, match=r'a.tif is not read: the window .*3\.4'):
        read_window(path, Window(0, 0, 60_000, 60_000))


def test_the_bound_can_be_set(tmp_path, write_raster, monkeypatch):
    path = write_raster(tmp_path / 'a.tif', np.ones((3, 64, 64), 'uint16'))
    monkeypatch.setenv(VARIABLE, '0.00001')
    with pytest.raises(RasterReadError, match='0.0 GiB of memory to hold'):
        read_window(path, Window(0, 0, 64, 64))
    monkeypatch.setenv(VARIABLE, 'much')
    with pytest.raises(ValueError, match=f"{VARIABLE}='much' must be a number"):
        read_window(path, Window(0, 0, 64, 64))


def jpeg2000(path, code_block):
    """One tile of 8192 px; GDAL writes a small one, its head is changed."""
    small = str(path.with_suffix('.tif'))
    sparse(small, tile=256, side=1024)
    one_tile = dict(BLOCKXSIZE=1024, BLOCKYSIZE=1024, QUALITY='100', REVERSIBLE='YES')
    rasterio.shutil.copy(small, path, driver='JP2OpenJPEG', **one_tile)
    data = bytearray(path.read_bytes())
    side = struct.pack('>2I', 8192, 8192)
    head, size = data.index(b'ihdr') + 4, data.index(b'\xff\x4f\xff\x51') + 8
    data[head : head + 8] = data[size : size + 8] = data[size + 16 : size + 24] = side
    coding = data.index(b'\xff\x52') + 10
    data[coding : coding + 2] = [code_block.bit_length() - 3] * 2
    path.write_bytes(data)
    return str(path)


@needs_jpeg2000
def test_code_blocks_of_a_jpeg2000_file_count(tmp_path, monkeypatch):
    # GDAL shows blocks of 1024 px, but 4-px code blocks took it 1.6 GB.
    path = jpeg2000(tmp_path / 'a.jp2', code_block=4)
    with rasterio.open(path) as source:
        assert source.shape == (8192, 8192)
        assert source.block_shapes == [(1024, 1024)]
    monkeypatch.setenv(VARIABLE, '1')
    with pytest.raises(RasterReadError, match=r'a.jp2 is not read: one block .*1\.7'):
        read_window(path, SMALL)
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.write(path, 'a.jp2')
    with pytest.raises(RasterReadError, match=r'a.jp2 is not read: one block .*1\.7'):
        read_window(f'/vsizip/{tmp_path}/a.zip/a.jp2', SMALL)
    # 20 MB: what is refused here is the damage, when it is decoded.
    path = jpeg2000(tmp_path / 'b.jp2', code_block=64)
    with pytest.raises(RasterReadError, match=r'b.jp2 is damaged'):
        read_window(path, SMALL)


@needs_jpeg2000
def test_jpeg2000_is_decoded_to_32_bits(tmp_path, monkeypatch):
    small, path = sparse(tmp_path / 'a.tif', tile=256, side=2048), tmp_path / 'a.jp2'
    rasterio.shutil.copy(
        small, path, driver='JP2OpenJPEG', BLOCKXSIZE=2048, BLOCKYSIZE=1024
    )
    needed = 2048 * 1024 * 5 / 2**30
    monkeypatch.setenv(VARIABLE, str(needed))
    with pytest.raises(RasterReadError, match='a.jp2 is not read: one block'):
        read_window(str(path), SMALL)
    monkeypatch.setenv(VARIABLE, str(needed * 1.1))
    assert read_window(str(path), SMALL)[0].shape == (16, 16, 1)


def mosaic(path, names):
    """A row of parts of 16 px."""
    sources = ''.join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="{col}" yOff="0" xSize="16" '
        f'ySize="16"/><DstRect xOff="{number * 16}" yOff="0" xSize="16" '
        f'ySize="16"/></SimpleSource>'
        for number, (name, col) in enumerate(names)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{len(names) * 16}" rasterYSize="16">'
        f'<VRTRasterBand dataType="Byte" band="1">{sources}</VRTRasterBand>'
        f'</VRTDataset>'
    )
    return str(path)


def test_every_part_of_a_large_mosaic_is_looked_at_when_it_is_read(
    tmp_path, write_raster, monkeypatch
):
    for number in range(MAX_PARTS_AT_ONCE):
        os.symlink('small.tif', tmp_path / f'{number}.tif')
    write_raster(tmp_path / 'small.tif', np.ones((16, 16), 'uint8'))
    sparse(tmp_path / 'bomb.tif')
    names = [(f'{number}.tif', 0) for number in range(MAX_PARTS_AT_ONCE)]
    path = mosaic(tmp_path / 'a.vrt', [*names, ('bomb.tif', 0)])
    opened = []
    look = rasterio.open
    monkeypatch.setattr(
        'rasterio.open', lambda name, **more: opened.append(name) or look(name, **more)
    )
    assert read_window(path, SMALL)[1].all()
    assert len(opened) < 5
    last = Window(16 * MAX_PARTS_AT_ONCE + 4, 0, 8, 8)
    refused = r'a.vrt reads .*/bomb.tif, which is not read: one block'
    with pytest.raises(RasterReadError, match=refused):
        read_window(path, last)
    # The same seen through another mosaic, of which it is the first part.
    moved = [('a.vrt', 16 * MAX_PARTS_AT_ONCE), ('0.tif', 0)]
    outer = mosaic(tmp_path / 'b.vrt', [*moved, *names])
    assert read_window(outer, Window(32, 0, 16, 16))[1].all()
    with pytest.raises(RasterReadError, match=r'b.vrt reads .*a.vrt, which reads .*'):
        read_window(outer, SMALL)


def test_bands_that_are_decoded_together_count(tmp_path, write_raster, monkeypatch):
    tiles = dict(tiled=True, blockxsize=64, blockysize=64, compress='deflate')
    monkeypatch.setenv(VARIABLE, str(4 * 64**2 / 2**30))

    def six_bands(interleave):
        path, pixels = tmp_path / f'{interleave}.tif', np.ones((6, 64, 64), 'uint8')
        return write_raster(path, pixels, interleave=interleave, **tiles)

    assert read_window(six_bands('band'), SMALL)[1].all()
    with pytest.raises(RasterReadError, match='one block'):
        read_window(six_bands('pixel'), SMALL)


def test_blocks_of_overviews_count(tmp_path, write_raster, monkeypatch):
    tiles = dict(tiled=True, blockxsize=16, blockysize=16)
    path = write_raster(tmp_path / 'a.tif', np.ones((256, 256), 'uint8'), **tiles)
    with (
        rasterio.Env(GDAL_TIFF_OVR_BLOCKSIZE='128'),
        rasterio.open(path, 'r+') as source,
    ):
        source.build_overviews([2])
    monkeypatch.setenv(VARIABLE, str(100**2 / 2**30))
    with pytest.raises(RasterReadError, match='one block'):
        read_window(path, SMALL)
    monkeypatch.setenv(VARIABLE, str(128**2 / 2**30))
    assert read_window(path, SMALL)[1].all()


def test_a_huge_block_is_not_rewritten(tmp_path):
    path = sparse(tmp_path / 'a.tif')
    before = (tmp_path / 'a.tif').read_bytes()
    with pytest.raises(NotRewrittenError, match=r'a.tif is not read: one block .*3\.4'):
        retile(path, path)
    assert (tmp_path / 'a.tif').read_bytes() == before
