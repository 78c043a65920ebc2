"""Small files that would take much memory, and what bounds it."""

import numpy as np
import pytest
import rasterio

from glcnet_mm.rasters.memory_bound import VARIABLE
from glcnet_mm.rasters.raster_io import RasterReadError, Window, read_window

SMALL = Window(0, 0, 16, 16)


def sparse(path, tile=60_000 // 16 * 16):
    """A file of some kilobytes that promises a whole scene, in one tile."""
    profile = dict(driver='GTiff', width=60_000, height=60_000, count=1, dtype='uint8')
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
    (tmp_path / 'a.vrt').write_text(
        '<VRTDataset rasterXSize="16" rasterYSize="16"><VRTRasterBand dataType="Byte" '
        'band="1"><SimpleSource><SourceFilename relativeToVRT="1">bomb.tif'
        '</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>'
        '</VRTDataset>'
    )
    with pytest.raises(RasterReadError, match=r'a.vrt reads .*bomb.tif, which is not'):
        read_window(str(tmp_path / 'a.vrt'), SMALL)


def test_a_huge_window_is_refused_with_the_name(tmp_path):
    path = sparse(tmp_path / 'a.tif', tile=256)
    with pytest.raises(RasterReadError, match=r'a.tif is not read: the window .*3\.4'):
        read_window(path, Window(0, 0, 60_000, 60_000))
    assert read_window(path, Window(0, 0, 512, 512))[0].shape == (512, 512, 1)


def test_the_bound_can_be_set(tmp_path, write_raster, monkeypatch):
    path = write_raster(tmp_path / 'a.tif', np.ones((3, 64, 64), 'uint16'))
    monkeypatch.setenv(VARIABLE, '0.00001')
    with pytest.raises(RasterReadError, match='0.0 GiB of memory to hold'):
        read_window(path, Window(0, 0, 64, 64))
    monkeypatch.setenv(VARIABLE, 'much')
    with pytest.raises(ValueError, match=f"{VARIABLE}='much' must be a number"):
        read_window(path, Window(0, 0, 64, 64))
