"""As many open files as the system allows: go on with fewer, and blame no raster."""

import os
import resource
from contextlib import ExitStack

import numpy as np
import pytest

from glcnet_mm.rasters import raster_io
from glcnet_mm.rasters.open_files import TooManyOpenFilesError
from glcnet_mm.rasters.raster_handles import Handles
from glcnet_mm.rasters.raster_io import Window, raster_info, read_window


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
        used = max(map(int, os.listdir('/proc/self/fd'))) + 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + count, limits[1]))

    yield set_limit
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_reading_goes_on_with_fewer_files_open(rasters, room_for, monkeypatch):
    monkeypatch.setattr(raster_io, 'HANDLES', Handles())
    room_for(16)
    for number, path in enumerate(rasters):
        assert (read_window(path, Window(0, 0, 8, 8))[0] == number + 1).all()


def test_where_none_is_left_the_limit_is_named(rasters, room_for):
    room_for(6)
    with ExitStack() as stack:
        with pytest.raises(OSError, match='Too many open files'):
            while True:
                stack.enter_context(open(os.devnull))
        with pytest.raises(TooManyOpenFilesError, match=r'0.tif .*ulimit -n') as error:
            raster_info(rasters[0])
        assert 'replace or remove' not in str(error.value)
