"""Headers that open and cannot be read to their end."""

import numpy as np
import pytest
from rasterio._err import CPLE_AppDefinedError

from glcnet_mm.rasters import raster_handles
from glcnet_mm.rasters.raster_io import RasterReadError, Window, read_window


@pytest.mark.parametrize('step', ['alpha_bands', 'band_rules', 'large_block'])
def test_an_error_that_shows_late_names_the_raster(
    tmp_path, write_raster, monkeypatch, step
):
    """As of a tag that GDAL meets when it first looks for overviews."""
    path = write_raster(tmp_path / 'a.tif', np.ones((3, 8, 8), 'uint8'))

    def fail(*_):
        raise CPLE_AppDefinedError(3, 1, 'TIFFFetchNormalTag: custom tag 0')

    place = raster_handles if step != 'large_block' else raster_handles.BlocksRead
    monkeypatch.setattr(place, 'fault' if step == 'large_block' else step, fail)
    with pytest.raises(RasterReadError, match=r'a.tif has a damaged header .*tag 0'):
        read_window(path, Window(0, 0, 8, 8))
