"""Labels whose file names differ from those of their images."""

import pytest

from glcnet_mm.rasters.sources import find_rasters, pair_labels
from tests.layouts import touch


@pytest.mark.parametrize(
    'image, label, rules',
    [
        ('train/12_sat.jpg', 'train/12_mask.png', {'*_sat': '*_mask'}),
        ('a/image/x.tif', 'a/label/x_label.tif', {'image': 'label', '*': '*_label'}),
        (
            'mss/E1.5_N2.0_mss.tiff',
            'lbl/E1.5_N2.0_roi.tif',
            {'mss': 'lbl', '*_mss': '*_roi'},
        ),
        ('pre_x_1.tif', 'gt_x_1.tif', {'post_*': 'no_*', 'pre_*': 'gt_*'}),
        ('a_b_a.tif', 'c_b_a_d.tif', {'a_*': 'c_*_d'}),
    ],
)
def test_names_are_replaced_around_the_star(image, label, rules, tmp_path):
    (image,), (label,) = touch(tmp_path, image), touch(tmp_path, label)
    assert pair_labels([image], rules, str(tmp_path)) == [label]
    assert pair_labels([image], rules) == [label]


def test_folders_on_the_way_to_the_data_keep_their_names(tmp_path):
    image, label = touch(tmp_path, 'images/set/images/x.tif', 'images/set/masks/x.tif')
    root = str(tmp_path / 'images/set')
    assert pair_labels([image], {'images': 'masks'}, root) == [label]
    # Without such a folder below the root, the one above it is meant.
    image, label = touch(tmp_path, 'images/y.tif', 'masks/y.tif')
    root = str(tmp_path / 'images')
    assert pair_labels([image], {'images': 'masks'}, root) == [label]


@pytest.mark.parametrize(
    'rules, message',
    [
        ({'*_sat': '*_lost'}, 'x_sat.tif has no label: .*x_lost'),
        ({'*_map': '*_mask'}, r"x_sat.tif fits none of the names \['\*_map'\]"),
        ({'*_sat*': '*_mask'}, 'both need exactly one'),
        ({'*_sat': 'mask'}, 'both need exactly one'),
        ({'images': 'masks'}, 'has no folder named'),
    ],
)
def test_rules_that_lead_nowhere_are_named(rules, message, tmp_path):
    images = touch(tmp_path, 'x_sat.tif')
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        pair_labels(images, rules, str(tmp_path))


def test_no_raster_at_all_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match='No raster below'):
        find_rasters([], str(tmp_path))
