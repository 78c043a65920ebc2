"""Published sets on small files in their real layout: pairs, classes, what lacks."""

import numpy as np
import pytest
from mmengine.registry import DATASETS

from glcnet_mm.datasets.known_sets import potsdam, vaihingen, whu_opt_sar
from glcnet_mm.datasets.known_sets.layout import Origin, damaged_archives
from glcnet_mm.rasters.band_stack import stack_bands
from tests.layouts import LOAD, PUBLISHED, SIDE, noise, stripes, write


def build(root, **settings):
    settings = dict(window=SIDE, pipeline=LOAD, data_root=str(root)) | settings
    return DATASETS.build(settings)


def lay_out(root, write_raster, name):
    """One image and label of a set; its arguments and the expected row of classes."""
    arguments, (image, bands), label, values, numbers = PUBLISHED[name]
    write(write_raster, root / image, noise(bands))
    write(write_raster, root / label, stripes(values))
    numbers = np.array(numbers)
    return dict(arguments), numbers[np.arange(SIDE).clip(max=len(numbers) - 1)]


@pytest.mark.parametrize('name', PUBLISHED)
def test_every_set_reads_its_pairs_and_classes(name, tmp_path, write_raster):
    arguments, row = lay_out(tmp_path, write_raster, name)
    if name == 'yeseg':
        write(write_raster, tmp_path / 'optical/HY_C/7.png', noise(3))
    dataset = build(tmp_path, **arguments, complete=False)
    sample = dataset[0]
    bands = PUBLISHED[name][1][1]
    assert len(dataset) == 1 and sample['img'].shape == (SIDE, SIDE, bands)
    if not sample['raster_path'].endswith('jpg'):
        assert np.array_equal(sample['img'], noise(bands).transpose(1, 2, 0))
    assert (sample['gt_seg_map'] == row).all()
    assert sample['unknown_label_pixels'] == 0
    assert len(dataset.metainfo['palette']) == len(dataset.metainfo['classes'])
    unlabelled = build(tmp_path, **arguments, complete=False, labelled=False)
    assert unlabelled.label_paths is None and len(unlabelled) == 1


@pytest.mark.parametrize('name', PUBLISHED)
def test_a_part_of_a_set_is_refused_unless_wanted(name, tmp_path, write_raster):
    arguments, _ = lay_out(tmp_path, write_raster, name)
    with pytest.raises(FileNotFoundError) as error:
        build(tmp_path, **arguments)
    text = str(error.value)
    assert f'{tmp_path} is no complete copy of ' in text and 'found' in text
    assert 'https://' in text and 'complete=False' in text
    empty = build_error(tmp_path / 'nowhere', **arguments, complete=False)
    assert 'is missing' in empty and 'complete=False' not in empty


def build_error(root, **arguments):
    with pytest.raises((FileNotFoundError, ValueError)) as error:
        build(root, **arguments)
    return str(error.value)


def copy_of_vaihingen(root, write_raster, split='train'):
    areas = vaihingen.SPLITS[split]
    for number in areas:
        name = f'top_mosaic_09cm_area{number}.tif'
        write(write_raster, root / 'top' / name, noise(3))
        label = root / f'{vaihingen.LABELS}_COMPLETE' / name
        write(write_raster, label, stripes([(255, 255, 255)]))
    return dict(type='VaihingenDataset', split=split)


def test_what_a_copy_lacks_is_named(tmp_path, write_raster):
    arguments = copy_of_vaihingen(tmp_path, write_raster)
    assert len(build(tmp_path, **arguments)) == 16
    (tmp_path / 'top/top_mosaic_09cm_area17.tif').unlink()
    text = build_error(tmp_path, **arguments)
    assert 'top/top_mosaic_09cm_area17.tif is missing (15 of 16 files found)' in text
    assert len(build(tmp_path, **arguments, complete=False)) == 15
    write(write_raster, tmp_path / 'top/top_mosaic_09cm_area17.tif', noise(3))
    label = tmp_path / f'{vaihingen.LABELS}_COMPLETE/top_mosaic_09cm_area37.tif'
    label.unlink()
    assert f'{label.relative_to(tmp_path)} is missing (15' in build_error(
        tmp_path, **arguments
    )
    # A part does not excuse an image without its label.
    text = build_error(tmp_path, **arguments, complete=False)
    assert 'area37.tif has no label' in text


def test_archives_that_were_not_unpacked_are_named(tmp_path):
    archive = tmp_path / 'Train.zip'
    archive.write_bytes(b'PK')
    text = build_error(tmp_path, type='LovedaDataset')
    assert f'the folder Train/*/images_png is missing; {archive} lies there' in text


def test_archives_are_compared_with_their_checksums(tmp_path):
    (tmp_path / 'a.zip').write_bytes(b'abc')
    (tmp_path / 'b.zip').write_bytes(b'abd')
    good = '900150983cd24fb0d6963f7d28e17f72'  # MD5 of "abc", RFC 1321
    origin = Origin('X', 'https://x', {'a.zip': good, 'b.zip': good, 'c.zip': good})
    (fault,) = damaged_archives(str(tmp_path), origin)
    assert 'b.zip has the MD5' in fault and f'published one is {good}' in fault


def test_a_wrong_number_of_files_and_another_product_are_named(tmp_path, write_raster):
    for number in range(11):
        write(write_raster, tmp_path / f'image_RGB/{number}.tif', noise(3))
        label = tmp_path / f'label_15classes/{number}_label.tif'
        write(write_raster, label, stripes([(200, 0, 0)]))
    arguments = dict(type='GidDataset', classes_of=15, product='RGB')
    text = build_error(tmp_path, **arguments)
    assert '11 files image_RGB/*.tif instead of 10 found' in text
    (tmp_path / 'image_RGB/10.tif').unlink()
    (tmp_path / 'label_15classes/10_label.tif').unlink()
    assert len(build(tmp_path, **arguments)) == 10
    (tmp_path / 'some.txt').write_text('3\n1.tif\n')
    some = build(tmp_path, **arguments, list_file=str(tmp_path / 'some.txt'))
    assert [info.path[-5:] for info in some.index.infos] == ['3.tif', '1.tif']
    (tmp_path / 'some.txt').write_text('30\n')
    text = build_error(tmp_path, **arguments, list_file=str(tmp_path / 'some.txt'))
    assert 'some.txt lists 30, which is none of the 10 images' in text
    (tmp_path / 'image_RGB').rename(tmp_path / 'image_NirRGB')
    text = build_error(tmp_path, type='GidDataset', complete=False, labelled=False)
    assert '0.tif has 3 bands, but in GID it has 4' in text


def test_official_splits():
    numbers = {split: len(areas) for split, areas in vaihingen.SPLITS.items()}
    assert numbers == dict(train=16, test=17)
    assert not set(vaihingen.SPLITS['train']) & set(vaihingen.SPLITS['test'])
    places = {
        split: {(row, col) for row in rows for col in rows[row]}
        for split, rows in potsdam.SPLITS.items()
    }
    assert {split: len(found) for split, found in places.items()} == dict(
        train=24, test=14
    )
    assert not places['train'] & places['test']
    assert len(set(whu_opt_sar.TEST)) == 20


@pytest.mark.parametrize(
    'arguments, message',
    [
        (dict(type='VaihingenDataset', split='val'), "Vaihingen has no 'val', only"),
        (dict(type='IsprsPotsdamDataset', product='SAR'), "no 'SAR', only"),
        (dict(type='GidDataset', classes_of=24), 'GID has no 24, only'),
        (dict(type='LovedaDataset', split='test'), 'no published labels for'),
        (dict(type='UAVidDataset', split='test'), 'no published labels for'),
        (dict(type='DeepGlobeDataset', split='valid'), 'no published labels for'),
    ],
)
def test_what_nobody_published_is_refused(arguments, message, tmp_path):
    assert message in build_error(tmp_path, **arguments)


def test_optical_and_sar_are_one_array(tmp_path, write_raster):
    names = ['NH49E001013', 'NH49E001014', 'NH49E001017']
    for seed, name in enumerate(names):
        write(write_raster, tmp_path / f'optical/{name}.tif', noise(4, seed))
        write(write_raster, tmp_path / f'sar/{name}.tif', noise(1, 9 + seed))
        write(write_raster, tmp_path / f'lbl/{name}.tif', stripes([70]))
    arguments = dict(type='WhuOptSarDataset', complete=False)
    text = build_error(tmp_path, **arguments)
    command = f'python tools/stack_bands.py {tmp_path}/stack {tmp_path}/optical'
    assert f'the folder stack is missing; make them with {command}' in text
    folders = {str(tmp_path / 'optical'): None, str(tmp_path / 'sar'): None}
    stack_bands(str(tmp_path / 'stack'), folders)
    test = build(tmp_path, **arguments, split='test')
    assert len(build(tmp_path, **arguments)) == 1 and len(test) == 2
    expected = np.concatenate([noise(4, 2), noise(1, 11)]).transpose(1, 2, 0)
    assert np.array_equal(test[1]['img'], expected)
    assert (test[1]['gt_seg_map'] == 7).all()


def test_yeseg_is_chosen_by_folder(tmp_path, write_raster):
    for seed, folder in enumerate(['1', '10', 'HY_C']):
        for kind, bands in dict(optical=3, sar=3).items():
            write(write_raster, tmp_path / f'{kind}/{folder}/1.png', noise(bands, seed))
        write(write_raster, tmp_path / f'label/{folder}/1.png', stripes([seed]))
        optical, sar = (str(tmp_path / kind / folder) for kind in ('optical', 'sar'))
        stack_bands(str(tmp_path / 'stack' / folder), {optical: None, sar: [1]})
    dataset = build(
        tmp_path, type='YesegOptSarDataset', folders=[10, 'HY_C'], complete=False
    )
    assert len(dataset) == 2 and dataset[0]['img'].shape == (SIDE, SIDE, 4)
    assert [int(dataset[i]['gt_seg_map'][0, 0]) for i in range(2)] == [1, 2]
    assert np.array_equal(dataset[1]['img'][..., 3], noise(3, 2)[0])


def test_ombria_reads_both_sensors_of_a_date(tmp_path, write_raster):
    for seed, date in enumerate(['BEFORE', 'AFTER']):
        write(write_raster, tmp_path / f'train/S2_{date}/0001.png', noise(3, seed))
        write(write_raster, tmp_path / f'train/S1_{date}/0001.png', noise(1, 9 + seed))
    write(write_raster, tmp_path / 'train/MASK/0001.png', stripes([255, 0]))
    text = build_error(tmp_path, type='OmbriaDataset')
    assert 'stack_AFTER is missing' in text and 'tools/stack_bands.py' in text
    folders = [str(tmp_path / f'train/{name}_AFTER') for name in ('S2', 'S1')]
    stack_bands(str(tmp_path / 'train/stack_AFTER'), dict.fromkeys(folders))
    sample = build(tmp_path, type='OmbriaDataset')[0]
    expected = np.concatenate([noise(3, 1), noise(1, 10)]).transpose(1, 2, 0)
    assert np.array_equal(sample['img'], expected)
    assert sample['gt_seg_map'][0, :3].tolist() == [1, 0, 0]
    for modality, date, bands in [('optical', 'before', 3), ('sar', 'after', 1)]:
        one = build(tmp_path, type='OmbriaDataset', modality=modality, date=date)[0]
        seed = dict(optical=0, sar=10)[modality]
        assert np.array_equal(one['img'], noise(bands, seed).transpose(1, 2, 0))
    with pytest.raises(ValueError, match="OMBRIA has no 'radar'"):
        build(tmp_path, type='OmbriaDataset', modality='radar')
