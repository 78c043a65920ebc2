"""Words that depend on numbers."""

import pytest

from glcnet_mm.wording import named_bands, part_of


@pytest.mark.parametrize(
    'bands, named',
    [
        ([4], 'band 4'),
        ([2, 1], 'bands 1 and 2'),
        ([3, 1, 2], 'bands 1 to 3'),
        ([1, 3, 5, 6, 7], 'bands 1, 3 and 5 to 7'),
        (range(1, 131), 'bands 1 to 130'),
        (range(1, 131, 2), 'bands 1, 3, 5, 7, 9, 11 and more'),
    ],
)
def test_bands_are_named_by_their_runs(bands, named):
    assert named_bands(bands) == named


def test_parts_of_images():
    said = [part_of(*numbers, 'image') for numbers in ((1, 1), (5, 5), (1, 5))]
    assert said == ['the image', 'all 5 images', '1 of 5 images']
