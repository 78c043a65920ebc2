"""As many open files as the system allows: go on with fewer, and blame no raster."""

import os
import resource
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from rasterio.errors import RasterioIOError

from glcnet_mm.console.tool import run_tool
from glcnet_mm.rasters import raster_handles, raster_io
from glcnet_mm.rasters.open_files import TooManyOpenFilesError
from glcnet_mm.rasters.raster_handles import (
    HANDLES,
    Handles,
    RasterReadError,
    damage_of_header,
)
from glcnet_mm.rasters.raster_io import (
    Window,
    _read_from_file,
    raster_info,
    read_window,
)
from glcnet_mm.rasters.validity import BandChoice
from tests.layouts import write_mosaic


@pytest.fixture
def rasters(tmp_path, write_raster):
    return [
        write_raster(
            tmp_path / f'{number}.tif', np.full((1, 8, 8), number + 1, 'uint8')
        )
        for number in range(40)
    ]


@pytest.fixture
def room_for(request):
    """Leaves a process room for so many files; undone at the end."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def set_limit(count):
        # The limit is on the numbers of files, which have gaps.
        used, limit, free = {*map(int, os.listdir('/proc/self/fd'))}, 0, 0
        while free < count:
            free += limit not in used
            limit += 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limits[1]))

    yield set_limit
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_reading_goes_on_with_fewer_files_open(rasters, room_for, monkeypatch):
    monkeypatch.setattr(raster_io, 'HANDLES', Handles())
    room_for(16)
    for number, path in enumerate(rasters):
        assert (read_window(path, Window(0, 0, 8, 8))[0] == number + 1).all()


def test_files_that_are_kept_open_make_way(rasters, room_for):
    handles = Handles()
    room_for(16)
    for number, path in enumerate(rasters):
        assert handles.get(path).read(1)[0, 0] == number + 1
    assert 1 < len(handles.files) < 17


def test_no_more_than_a_bound_stay_open(rasters, monkeypatch):
    monkeypatch.setattr(raster_handles, 'MAX_OPEN_FILES', 5)
    handles, before = Handles(), len(os.listdir('/proc/self/fd'))
    for path in rasters:
        handles.get(path)
    assert list(handles.files) == rasters[-5:]
    assert len(os.listdir('/proc/self/fd')) - before == 5


@contextmanager
def no_file_left():
    with ExitStack() as stack:
        with pytest.raises(OSError, match='Too many open files'):
            while True:
                stack.enter_context(open(os.devnull))
        yield


def test_where_none_is_left_the_limit_is_named(rasters, room_for):
    room_for(6)
    with no_file_left():
        with pytest.raises(TooManyOpenFilesError, match=r'0.tif .*ulimit -n') as error:
            raster_info(rasters[0])
        assert 'replace or remove' not in str(error.value)


def mosaic_of(raster, name):
    return write_mosaic(Path(raster).with_name(name), Path(raster).name)


def test_a_part_that_cannot_be_opened_is_not_called_damaged(rasters, room_for):
    """A mosaic is open; its parts are opened when they are read."""
    other, mosaic = (mosaic_of(rasters[0], f'{name}.vrt') for name in 'ab')
    assert (read_window(other, Window(0, 0, 8, 8))[0] == 1).all()
    HANDLES.rules(mosaic, BandChoice())
    room_for(6)
    with no_file_left():
        with pytest.raises(TooManyOpenFilesError, match=r'b.vrt .*ulimit -n'):
            _read_from_file(mosaic, Window(0, 0, 8, 8), BandChoice())
        with pytest.raises(TooManyOpenFilesError), damage_of_header('a.tif'):
            raise RasterioIOError('cannot be opened')
    # GDAL has given it up and would give zeros, valid ones, without an error.
    with pytest.raises(TooManyOpenFilesError, match=r'b.vrt .*ulimit -n'):
        read_window(mosaic, Window(0, 0, 8, 8))
    assert (read_window(other, Window(0, 0, 8, 8))[0] == 1).all()


def test_a_mask_that_cannot_be_opened_is_not_called_damaged(rasters, room_for):
    mosaic = mosaic_of(rasters[0], 'a.vrt')
    HANDLES.rules(mosaic, BandChoice())
    room_for(6)
    with no_file_left():
        with pytest.raises(TooManyOpenFilesError, match=r'a.vrt .*ulimit -n'):
            HANDLES.rules(mosaic, BandChoice(mask_band=1))


def test_a_mosaic_with_a_damaged_part_is_refused_again_and_again(rasters):
    """Also when all of it was to be read for a window."""
    other, mosaic = mosaic_of(rasters[0], 'a.vrt'), mosaic_of(rasters[1], 'b.vrt')
    assert (read_window(other, Window(0, 0, 8, 8))[0] == 1).all()
    Path(rasters[1]).write_bytes(b'II*\0' + bytes(40))
    for _ in range(3):
        with pytest.raises(RasterReadError, match=r'b.vrt is damaged'):
            read_window(mosaic, Window(0, 0, 8, 7))


def test_a_mask_band_with_a_damaged_part_is_refused_again_and_again(rasters):
    other, mosaic = mosaic_of(rasters[0], 'a.vrt'), mosaic_of(rasters[1], 'b.vrt')
    assert (read_window(other, Window(0, 0, 8, 8))[0] == 1).all()
    Path(rasters[1]).write_bytes(b'II*\0' + bytes(40))
    for _ in range(3):
        with pytest.raises(RasterReadError, match=r'b.vrt .* band 1 cannot be read'):
            HANDLES.rules(mosaic, BandChoice(mask_band=1))


ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ('now', 'most', 'taken'),
    [
        (256, 10**6, 65536),
        (256, 4096, 4096),
        (256, ENDLESS, 65536),
        (10**5, 10**6, None),
        (10**5, ENDLESS, None),
        (ENDLESS, ENDLESS, None),
    ],
)
def test_a_tool_takes_what_the_system_grants(now, most, taken, monkeypatch):
    asked = []
    monkeypatch.setattr(resource, 'getrlimit', lambda _: (now, most))
    monkeypatch.setattr(resource, 'setrlimit', lambda _, limits: asked.append(limits))
    run_tool(lambda: None)
    assert asked == ([] if taken is None else [(taken, most)])
