"""Bands innermost and bands outermost."""

import numpy as np
import pytest

from glcnet_mm.rasters.pixel_layout import interleaved, planes


@pytest.mark.parametrize('dtype', ['uint8', 'uint16', 'int64', 'float16', 'float32'])
@pytest.mark.parametrize('bands', [1, 3, 65])
def test_planes_are_those_of_the_image(bands, dtype):
    image = np.random.default_rng(0).integers(0, 99, (5, 7, bands)).astype(dtype)
    split = planes(image)
    assert split.dtype == dtype and split.flags.c_contiguous
    assert np.array_equal(split, image.transpose(2, 0, 1))
    assert np.array_equal(interleaved(split), image)
    assert interleaved(split).dtype == dtype
    assert np.array_equal(planes(image[1:, 2:5]), split[:, 1:, 2:5]), 'of a part'


def test_planes_that_lie_so_already_are_not_copied():
    stored = np.arange(24, dtype='uint8').reshape(2, 3, 4)
    assert np.shares_memory(planes(stored.transpose(1, 2, 0)), stored)


@pytest.mark.parametrize('dtype', ['uint32', 'int64', 'uint64'])
def test_large_numbers_of_wide_types_stay_what_they_are(dtype):
    """OpenCV may cut them to 32 bits without a word."""
    most = np.iinfo(dtype).max
    image = np.full((2, 3, 2), most, dtype)
    assert (planes(image) == most).all() and (interleaved(planes(image)) == most).all()
