"""Labels that are not what the config takes them for, told before a training."""

import numpy as np
import pytest
import rasterio

from glcnet_mm.datasets import GenericDataset
from glcnet_mm.datasets.label_survey import (
    absent_classes,
    check_labelled,
    survey_labels,
)
from glcnet_mm.inspection.any_valid import check_any_valid
from glcnet_mm.inspection.check import check_set
from glcnet_mm.inspection.facts import gather
from glcnet_mm.splits.label_fractions import class_shares
from tests.layouts import LOAD, windows_of

SIDE = 160
ROAD = (np.mgrid[:SIDE, :SIDE][1] < 60).astype('uint8')
CLASSES = 'id,name\n0,background\n1,road\n'
SHARES = {'background': 100 / 160, 'road': 60 / 160}


@pytest.fixture
def labelled(tmp_path, write_raster):
    """Writes an image, its label and a class list; 64-px windows, some unlabelled."""

    def write(label, classes=CLASSES, image=None, name='a.tif', **options):
        pixels = np.random.default_rng(0).integers(1, 100, (3, SIDE, SIDE))
        pixels = pixels.astype('uint8') if image is None else image
        write_raster(tmp_path / 'images/a.tif', pixels)
        write_raster(tmp_path / f'labels/{name}', label, **options)
        (tmp_path / 'classes.csv').write_text(classes)
        return tmp_path

    return write


def windows(root, **settings):
    settings = dict(window=64, classes=['background', 'road']) | settings
    return windows_of(root, **settings)


def generic(root):
    return GenericDataset(str(root), window=64, pipeline=LOAD)


def shares(dataset):
    return gather(dataset).shares


def check(root):
    return check_set(str(root), 'generic', dict(window=64), everything=False)


def test_a_named_class_wins_over_nodata(labelled):
    root = labelled(ROAD, nodata=0)
    for dataset in (
        generic(root),
        windows(root, labels=dict(files='labels', ids={0: 0, 1: 1})),
    ):
        assert shares(dataset) == pytest.approx(SHARES)
        assert absent_classes(dataset) == []
        assert class_shares(dataset).sum(0) == pytest.approx(class_shares_of(ROAD))
    text, problems = check(root)
    assert problems == 0 and '62.5%' in text and '37.5%' in text


def test_nodata_that_is_not_named_is_no_unknown_value(labelled):
    nine = np.where(np.arange(SIDE) < 9, 9, ROAD).astype('uint8')
    root = labelled(nine, nodata=9)
    assert (generic(root)[0]['gt_seg_map'][:, :9] == 255).all()
    assert check(root)[1] == 0


def class_shares_of(label):
    """Sum over 3 x 3 windows of 64 px, which reach over the border."""
    return [(label == value).sum() / 64**2 for value in (0, 1)]


def test_nodata_that_is_a_class_without_a_table_is_told(labelled):
    root = labelled(ROAD, nodata=0)
    dataset = windows(root)
    assert shares(dataset) == dict(background=0, road=1)
    (absent,) = absent_classes(dataset)
    assert absent.explained and absent.text.startswith(
        f'No label pixel is "background" (all 9 windows read): 0 is the nodata value '
        f'of {root}/labels/a.tif'
    )
    assert 'labels.ids={0: 0, ...}' in absent.text
    # A window without a labelled pixel is not a fault.
    text, problems = check_set(
        str(root), 'generic', dict(window=64, labels='labels'), everything=True
    )
    assert problems == 0


def test_colours_in_the_table_win_over_nodata(labelled):
    colours = np.where(ROAD, 200, 0).astype('uint8')[None].repeat(3, 0)
    classes = 'name,r,g,b\nbackground,0,0,0\nroad,200,200,200\n'
    assert shares(generic(labelled(colours, classes, nodata=0))) == pytest.approx(
        SHARES
    )


@pytest.mark.parametrize('bands', [1, 3])
@pytest.mark.parametrize('suffix', ['tif', 'png'])
def test_alpha_is_no_part_of_a_label_and_masks_it(bands, suffix, labelled):
    alpha = np.full_like(ROAD, 255)
    alpha[:, :30] = 0
    label = np.stack([ROAD * 9] * bands + [alpha])
    classes = CLASSES.replace('1,road', '9,road')
    if bands == 3:
        classes = 'name,r,g,b\nbackground,0,0,0\nroad,9,9,9\n'
    options = dict(driver='PNG')
    if suffix == 'tif':
        kind = 'MINISBLACK' if bands == 1 else 'RGB'
        options = dict(photometric=kind, alpha='yes')
    root = labelled(label, classes, name=f'a.{suffix}', **options)
    dataset = generic(root)
    maps = [dataset[number]['gt_seg_map'] for number in range(len(dataset))]
    counts = np.bincount(np.concatenate(maps, None), minlength=256)
    assert counts[:2].tolist() == [100 * SIDE, 30 * SIDE]
    assert all(dataset[n]['unknown_label_pixels'] == 0 for n in range(len(dataset)))
    assert check(root)[1] == 0


def test_a_mask_of_0_and_255_is_told_how_to_map(labelled):
    root = labelled(ROAD * 255)
    text, problems = check(root)
    assert problems == 1 and 'No label pixel is "road" (all 9 windows read)' in text
    assert '255, which is ignored unless' in text and '255: 1' in text
    root = labelled(ROAD * 255, CLASSES.replace('1,road', '255,road'))
    assert shares(generic(root)) == pytest.approx(SHARES) and check(root)[1] == 0


def test_a_class_that_is_rare_is_searched_for(labelled):
    rare = ROAD * 0
    rare[150, 150] = 1
    dataset = generic(labelled(rare))
    assert absent_classes(dataset, [1, 0]) == []
    # A search ends, and says how far it went.
    survey = survey_labels(dataset, [1], max_pixels=64**2)
    assert survey.windows == 1 and survey.total == 9


def test_colours_that_are_no_class_are_the_cause(labelled):
    label = np.where(ROAD, 200, 7).astype('uint8')[None].repeat(3, 0)
    classes = 'name,r,g,b\nbackground,0,0,0\nroad,200,200,200\n'
    dataset = generic(labelled(label, classes))
    (absent,) = absent_classes(dataset)
    assert '"background"' in absent.text and 'such as (7, 7, 7)' in absent.text
    assert {*gather(dataset).strangers} == {(7, 7, 7)}


def test_a_class_without_an_id_is_the_cause(labelled):
    dataset = windows(labelled(ROAD), labels=dict(files='labels', ids={0: 0, 1: 0}))
    (absent,) = absent_classes(dataset)
    assert absent.text.endswith('labels.ids maps no value to it.')


@pytest.mark.parametrize(
    'label, options, settings, cause',
    [
        (ROAD * 0 + 255, {}, {}, '25600 label pixels are 255'),
        (ROAD * 0, dict(nodata=0), {}, '0 is the nodata value'),
        (
            ROAD,
            {},
            dict(labels=dict(files='labels', ids={0: 'ignore', 1: 'ignore'})),
            'maps no value',
        ),
    ],
)
def test_labels_that_are_all_ignored_are_refused(
    label, options, settings, cause, labelled
):
    dataset = windows(labelled(label, **options), **settings)
    wanted = f'All labels are ignored, in all 9 windows.*labels/a.tif.*{cause}'
    with pytest.raises(ValueError, match=wanted):
        check_labelled(dataset)


def test_a_data_set_without_a_valid_pixel_is_refused(labelled, tmp_path):
    image = np.ones((3, SIDE, SIDE), 'uint8')
    image[:, :64, :64] = 0
    root = labelled(ROAD, image=image)
    with rasterio.open(root / 'images/a.tif', 'r+') as file:
        file.nodata = 0
    (root / 'few.tsv').write_text('a.tif\t0\t0\n')
    empty = windows(root, sampling=dict(windows_file=str(root / 'few.tsv')))
    with pytest.raises(ValueError, match='No pixel .* none of its 1 windows.*nodata 0'):
        check_any_valid(empty)
    check_any_valid(windows(root))
