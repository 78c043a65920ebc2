"""What a new project says of its images."""

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from glcnet_mm.projects.image_facts import look_at_images


def test_bands_of_one_value_are_left_out_in_one_sentence(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(1, 200, (6, 32, 32), 'uint8')
    pixels[[1, 2, 3]] = 9
    path = write_raster(tmp_path / 'a.tif', pixels)
    facts = look_at_images([path], None)
    assert facts.bands == [1, 5, 6]
    assert 'One value only, so left out: bands 2 to 4.' in facts.notes
    with pytest.raises(
        ValueError, match=r'a.tif: nearly all pixels of band 3 have one'
    ):
        look_at_images([path], [1, 3])


def test_bands_tagged_alpha_are_named_together(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(1, 200, (6, 32, 32), 'uint8')

    path = write_raster(tmp_path / 'a.tif', pixels)
    with rasterio.open(path, 'r+') as file:
        kinds = list(file.colorinterp)
        kinds[1] = kinds[2] = ColorInterp.alpha
        file.colorinterp = kinds
    notes = look_at_images([path], None).notes
    assert 'Tagged alpha but varies, read as data: bands 2 and 3.' in notes


def test_a_grey_image_saved_as_rgb_has_one_band(tmp_path, write_raster):
    grey = np.random.default_rng(0).integers(1, 200, (1, 32, 32), 'uint8')
    other = np.random.default_rng(1).integers(1, 200, (1, 32, 32), 'uint8')
    path = write_raster(tmp_path / 'a.tif', np.concatenate([grey, grey, grey, other]))
    facts = look_at_images([path], None)
    assert facts.bands == [1, 4]
    assert 'The same as an earlier band, so left out: bands 2 and 3.' in facts.notes
    assert look_at_images([path], [1, 2]).bands == [1, 2]
