"""Decoded files that are kept: the same pixels, and never those of yesterday."""

import os

import numpy as np
import pytest
import rasterio

from glcnet_mm.errors import UserError
from glcnet_mm.rasters import raster_io
from glcnet_mm.rasters.raster_io import Window, colour_table, label_nodata, read_window
from glcnet_mm.rasters.small_files import SMALL_BYTES, SWITCH, SmallFiles
from glcnet_mm.rasters.validity import LABEL, BandChoice

WINDOWS = [
    Window(0, 0, 40, 32),
    Window(5, 3, 20, 16),
    Window(-7, 20, 30, 30),
    Window(30, -9, 30, 60),
    Window(-40, 0, 40, 32),
    Window(0, 90, 20, 20),
]


@pytest.fixture
def reads(monkeypatch):
    """A cache of this test alone, and the windows that were decoded."""
    decoded, read = [], raster_io._read
    monkeypatch.setattr(raster_io, '_SMALL', SmallFiles(raster_io.HANDLES.forget))
    monkeypatch.setattr(
        raster_io, '_read', lambda *given: decoded.append(given[2]) or read(*given)
    )
    return decoded


@pytest.fixture
def raster(tmp_path, write_raster):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4, (3, 32, 40)).astype('uint8')
    return write_raster(tmp_path / 'a.tif', pixels, nodata=0)


def mask_of_its_own(path):
    """Writes a mask beside the file, its left half invalid."""
    with rasterio.open(path, 'r+') as target:
        good = np.full((target.height, target.width), 255, 'uint8')
        good[:, : target.width // 2] = 0
        target.write_mask(good)


@pytest.mark.parametrize('masked', [False, True])
@pytest.mark.parametrize('choice', [None, [2, 1], BandChoice((1, 2), mask_band=3)])
def test_windows_equal_those_read_from_the_file(
    reads, raster, monkeypatch, choice, masked
):
    if masked:
        mask_of_its_own(raster)
    kept = [read_window(raster, window, choice) for window in WINDOWS]
    assert len(reads) == 1
    monkeypatch.setenv(SWITCH, '0')
    raster_io.forget(raster)
    for window, (pixels, valid) in zip(WINDOWS, kept, strict=True):
        read = read_window(raster, window, choice)
        assert np.array_equal(pixels, read[0]) and pixels.dtype == read[0].dtype
        assert np.array_equal(valid, read[1])
    assert len(reads) == 1 + 4, 'two windows lie outside'


def test_a_reader_may_change_what_it_was_given(reads, raster):
    pixels, valid = read_window(raster, WINDOWS[0])
    before = pixels.copy()
    pixels[:], valid[:] = 9, False
    again, good = read_window(raster, WINDOWS[0])
    assert np.array_equal(again, before) and good.any()


def test_a_file_that_was_written_again_is_read_again(reads, tmp_path, write_raster):
    path = tmp_path / 'a.tif'
    write_raster(path, np.full((1, 8, 8), 1, 'uint8'))
    place = Window(0, 0, 8, 8)
    assert (read_window(str(path), place)[0] == 1).all()
    write_raster(path, np.full((1, 8, 8), 2, 'uint8'))
    state = path.stat()
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert (read_window(str(path), place)[0] == 2).all()


def test_a_mask_that_was_written_again_is_read_again(reads, raster):
    mask_of_its_own(raster)
    assert not read_window(raster, WINDOWS[0])[1][:, :20].any()
    with rasterio.open(raster, 'r+') as target:
        target.write_mask(np.full((32, 40), 255, 'uint8'))
    assert read_window(raster, WINDOWS[0])[1][:, :20].any()


def test_memory_stays_below_the_bound(reads, tmp_path, write_raster, monkeypatch):
    monkeypatch.setenv(SWITCH, '0.02')  # room for two files of 8,192 bytes
    paths = [
        write_raster(tmp_path / f'{number}.tif', np.full((1, 64, 64), number, 'uint8'))
        for number in range(3)
    ]
    for number in (0, 1, 0, 2, 0, 1):
        pixels, _ = read_window(paths[number], Window(0, 0, 64, 64))
        assert (pixels == number).all()
    assert len(reads) == 4, '0 stays, 1 has made room for 2 and comes back'
    assert raster_io._SMALL._bytes == 2 * 8192


def test_what_is_large_or_of_which_little_is_asked_is_not_kept(
    reads, tmp_path, write_raster
):
    side = int(SMALL_BYTES**0.5)
    path = write_raster(tmp_path / 'large.tif', np.ones((1, side, side), 'uint8'))
    read_window(path, Window(0, 0, side, side))
    path = write_raster(tmp_path / 'a.tif', np.ones((1, 200, 200), 'uint8'))
    read_window(path, Window(0, 0, 40, 40))
    assert not raster_io._SMALL._kept


def test_damage_outside_the_window_does_not_matter(reads, tmp_path, write_raster):
    path = tmp_path / 'a.tif'
    noise = np.random.default_rng(0).integers(0, 255, (1, 64, 64)).astype('uint8')
    write_raster(path, noise, compress='deflate', blockysize=16)
    with rasterio.open(path) as source:
        offset = int(source.get_tag_item('BLOCK_OFFSET_0_3', 'TIFF', bidx=1))
    content = bytearray(path.read_bytes())
    content[offset : offset + 64] = b'\xff' * 64
    path.write_bytes(content)
    pixels, _ = read_window(str(path), Window(0, 0, 64, 16))
    assert np.array_equal(pixels[..., 0], noise[0, :16])
    with pytest.raises(UserError, match='is damaged or truncated: window .0, 48'):
        read_window(str(path), Window(0, 48, 64, 16))


def test_labels_keep_their_palette_and_nodata(reads, tmp_path, write_raster):
    path = write_raster(
        tmp_path / 'a.tif',
        np.ones((1, 8, 8), 'uint8'),
        colours={1: (9, 8, 7, 255)},
        nodata=3,
    )
    facts = colour_table(path), label_nodata(path)
    read_window(path, Window(0, 0, 8, 8), LABEL)
    raster_io.HANDLES.forget(path)
    assert (colour_table(path), label_nodata(path)) == facts
    assert path not in raster_io.HANDLES.files, 'nothing was opened for them'
    assert facts[0][1] == (9, 8, 7, 255) and facts[1] == [3]


def test_a_bound_that_is_no_number_is_named(reads, raster, monkeypatch):
    monkeypatch.setenv(SWITCH, 'much')
    with pytest.raises(UserError, match=f'{SWITCH}=much is no number of MiB'):
        read_window(raster, WINDOWS[0])
