"""A relative name is another file once the working folder has changed."""

import numpy as np

from glcnet_mm.rasters.raster_io import Window, read_window


def test_an_open_file_is_of_its_folder(tmp_path, write_raster, monkeypatch):
    monkeypatch.setenv('GLCNET_MM_TILE_CACHE', '0')
    for value, folder in enumerate('ab', 1):
        write_raster(tmp_path / folder / 'x.tif', np.full((1, 8, 8), value, np.uint8))
        monkeypatch.chdir(tmp_path / folder)
        pixels, _ = read_window('x.tif', Window(0, 0, 8, 8))
        assert (pixels == value).all()
