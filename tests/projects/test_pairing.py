import pytest

from glcnet_mm.errors import MissingFileError, UserError
from glcnet_mm.projects.pairing import pair_by_name

CASES = {
    'equal names': (['i/a1.tif', 'i/b2.tif'], ['l/a1.png', 'l/b2.png']),
    'suffixes': (['d/x1_sat.jpg', 'd/x2_sat.jpg'], ['d/x1_mask.png', 'd/x2_mask.png']),
    'dates before': (
        ['i/20200601_T1_rgb.tif', 'i/20190301_T2_rgb.tif'],
        ['l/T1_label.tif', 'l/T2_label.tif'],
    ),
    'dates of the labels': (
        ['i/2020-06-01_T1.tif', 'i/2019-03-01_T2.tif'],
        ['l/2021-07-07_T1.tif', 'l/2021-08-08_T2.tif'],
    ),
    'several stars': (
        ['i/S2_area1_part2_b.tif', 'i/S2_area2_part1_b.tif'],
        ['l/gt-1-x-2.tif', 'l/gt-2-x-1.tif'],
    ),
    'camel case': (
        ['i/Ghana_103_S2Hand.tif', 'i/Spain_2_S2Hand.tif'],
        ['l/Ghana_103_LabelHand.tif', 'l/Spain_2_LabelHand.tif'],
    ),
    'folders tell': (
        ['r/Tile 1/images/p1.jpg', 'r/Tile 2/images/p1.jpg'],
        ['r/Tile 1/masks/p1.png', 'r/Tile 2/masks/p1.png'],
    ),
    'padding and case': (
        ['i/IMG_1.TIF', 'i/IMG_2.TIF'],
        ['l/img_001.tif', 'l/img_002.tif'],
    ),
    'one of each': (['i/scene.tif'], ['l/truth.tif']),
}


@pytest.mark.parametrize('case', CASES)
def test_pairs_follow_names(case):
    images, labels = CASES[case]
    assert pair_by_name(images, labels) == dict(zip(images, labels, strict=True))
    # The order of the files says nothing.
    assert pair_by_name(images, labels[::-1]) == dict(zip(images, labels, strict=True))


def test_image_without_label_stays_alone():
    pairs = pair_by_name(['i/a.tif', 'i/b.tif', 'i/c.tif'], ['l/a.tif', 'l/c.tif'])
    assert pairs == {'i/a.tif': 'l/a.tif', 'i/c.tif': 'l/c.tif'}


def test_dates_of_a_place_share_a_label():
    images = ['i/T1_2019.tif', 'i/T1_2020.tif', 'i/T2_2020.tif']
    pairs = pair_by_name(images, ['l/T1.tif', 'l/T2.tif'])
    assert [pairs[image] for image in images] == ['l/T1.tif', 'l/T1.tif', 'l/T2.tif']


def test_two_labels_for_one_image_are_refused():
    labels = ['l/a_old.tif', 'l/a_new.tif', 'l/b_old.tif']
    with pytest.raises(UserError, match='i/a.tif could have the label'):
        pair_by_name(['i/a.tif', 'i/b.tif'], labels)


def test_nothing_in_common_is_said():
    with pytest.raises(MissingFileError, match='name in common'):
        pair_by_name(['i/a.tif', 'i/b.tif'], ['l/x.tif', 'l/y.tif'])
