"""Singular and plural."""

import pytest

from glcnet_mm.wording import counted


@pytest.mark.parametrize(
    ('number', 'text'), [(0, '0 rasters'), (1, '1 raster'), (2, '2 rasters')]
)
def test_one_is_singular(number, text):
    assert counted(number, 'raster') == text


def test_verbs_follow():
    assert counted(1, 'raster is', 'rasters are') == '1 raster is'
    assert counted(12, 'raster is', 'rasters are') == '12 rasters are'
