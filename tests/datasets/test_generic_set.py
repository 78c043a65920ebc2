"""A set of one's own by a class list, and real sets of several kinds through it."""

import numpy as np
import pytest
from mmengine.registry import DATASETS

from glcnet_mm.datasets.known_sets.generic import read_classes
from glcnet_mm.inspection.facts import gather
from glcnet_mm.rasters.band_stack import stack_bands
from tests.layouts import LOAD, SIDE, noise, stripes, write

CLASS_DICT = '名称,r,g,b\r\nwater,0,0,255\r\nfield,0,255,0\r\nignore,0,0,0'


@pytest.fixture
def folder(tmp_path, write_raster):
    for number in range(3):
        write(write_raster, tmp_path / f'images/s{number}.tif', noise(4, number))
    return tmp_path


def build(root, **settings):
    settings = dict(window=SIDE, pipeline=LOAD, data_root=str(root)) | settings
    return DATASETS.build(dict(type='GenericDataset', **settings))


def test_colours_by_a_class_list(folder, write_raster):
    values = [(0, 255, 0), (0, 0, 255), (0, 0, 0), (9, 9, 9)]
    for number in range(3):
        write(write_raster, folder / f'labels/s{number}.png', stripes(values))
    (folder / 'classes.csv').write_text(CLASS_DICT, encoding='utf-8-sig')
    dataset = build(folder)
    sample = dataset[2]
    assert sample['gt_seg_map'][0, :4].tolist() == [1, 0, 255, 255]
    # What the list ignores is no unknown colour.
    assert sample['unknown_label_pixels'] == (SIDE - 3) * SIDE
    assert np.array_equal(sample['img'], noise(4, 2).transpose(1, 2, 0))
    assert dataset.metainfo['classes'] == ('water', 'field')
    assert dataset.metainfo['palette'] == [[0, 0, 255], [0, 255, 0]]


@pytest.mark.parametrize('colours', [False, True])
def test_numbers_by_a_class_list(folder, write_raster, colours):
    for number in range(3):
        write(write_raster, folder / f'gt/s{number}_gt.tif', stripes([7, 3, 0]))
    lines = ['id,name', '3,water', '0,ignore', '7,field']
    if colours:
        ends = [',r,g,b', ',0,0,255', ',0,0,0', ',0,255,0']
        lines = [line + end for line, end in zip(lines, ends, strict=True)]
    (folder / 'names.txt').write_text('\n'.join(lines))
    (folder / 'use.txt').write_text('s1\ns2.tif\n')
    dataset = build(
        folder,
        labels={'images': 'gt', '*': '*_gt'},
        class_list='names.txt',
        list_file=str(folder / 'use.txt'),
    )
    assert len(dataset) == 2
    assert dataset[0]['gt_seg_map'][0, :4].tolist() == [1, 0, 255, 255]
    assert dataset.metainfo['palette'] == ([[0, 0, 255], [0, 255, 0]] * colours)


def test_the_layout_of_the_tmcnet_authors(tmp_path, write_raster):
    for seed, name in enumerate(['1.png', '2.png', '3.png']):
        write(write_raster, tmp_path / f'train_RGB/{name}', noise(3, seed))
        write(write_raster, tmp_path / f'train_SAR/{name}', noise(3, 9 + seed))
        write(write_raster, tmp_path / f'train_lbl/{name}', stripes([seed, 1]))
    (tmp_path / 'train_RGB.txt').write_text('3.png\n1.png\n')
    (tmp_path / 'classes.csv').write_text('id,name\n0,a\n1,b\n2,c')
    folders = {str(tmp_path / 'train_RGB'): None, str(tmp_path / 'train_SAR'): [1]}
    stack_bands(str(tmp_path / 'train_stack'), folders)
    dataset = build(
        tmp_path,
        images='train_stack',
        labels={'train_stack': 'train_lbl'},
        list_file=str(tmp_path / 'train_RGB.txt'),
    )
    assert len(dataset) == 2
    expected = np.concatenate([noise(3, 2), noise(3, 11)[:1]]).transpose(1, 2, 0)
    assert np.array_equal(dataset[0]['img'], expected)
    assert dataset[0]['gt_seg_map'][0, :2].tolist() == [2, 1]


def test_images_alone_need_no_class_list(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    dataset = build(folder.name, labels=None, pipeline=LOAD[:1])
    assert len(dataset) == 3 and dataset[0]['img'].shape == (SIDE, SIDE, 4)


@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'lists no class'),
        ('id,name\n0,ignore', 'names 0 classes'),
        ('water\nfield', 'names 2 classes, 0 with an id and 0 with a colour'),
        ('name,r,g,b\nwater,0,0', 'the line "water,0,0" is no class'),
        ('name,r,g,b\nwater,0,0,256', 'as red, green, blue from 0 to 255'),
        ('id,name\n1,water\nfield,x', '2 classes, 1 with an id'),
        ('id,name\n1,water\n2,field,0,255,0', '2 with an id and 1 with a colour'),
        ('id,name\n1,water\n1,field', 'the id 1 stands twice'),
        (f'id,name\n1,{"w" * 2**18}', 'is no table (field larger than'),
    ],
)
def test_bad_class_lists_are_named(text, message, tmp_path):
    path = tmp_path / 'classes.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match='classes.csv') as error:
        read_classes(str(path))
    assert message in str(error.value)
    with pytest.raises(FileNotFoundError, match=r'none.csv, the list of classes'):
        read_classes(str(tmp_path / 'none.csv'))


DUBAI = """name,r,g,b
water,226,169,41
land,132,41,246
road,110,193,228
building,60,16,152
vegetation,254,221,58
unlabelled,155,155,155
ignore,0,0,0"""
LULC = 'id,name\n' + '\n'.join(f'{i},class {i}' for i in (1, 2, 3, 4, 5, 6, 7, 9))
FLOOD = 'id,name\n-1,ignore\n0,dry\n1,water'
# By colour, for one of the masks is no palette but RGBA.
INDIA = """name,r,g,b
built-up,128,0,0
vegetation,0,128,0
water,128,128,0
ignore,0,0,0"""
OMBRIA = 'id,name\n0,dry\n255,flooded'
# Folder, images, labels, class list, bands.
REAL = {
    'dubai': ('dubai_aerial', 'Tile [28]/images', dict(images='masks'), DUBAI, 3),
    'india': ('india_rgb_nir', 'images_IR', 'masks', INDIA, 4),
    'ombria': ('ombria_flood/test', 'S2_AFTER', 'MASK', OMBRIA, 3),
    'terramesh': ('terramesh', 'S2L2A', dict(S2L2A='LULC'), LULC, 12),
    'sen1floods11': (
        'sen1floods11_chip',
        'S2',
        {'S2': 'Labels', '*_S2Hand': '*_LabelHand'},
        FLOOD,
        13,
    ),
    'naip': ('naip_series', '.', None, None, 4),
    'large scene': ('large_scenes', 'cog_nodata.tif', None, None, 1),
}


@pytest.mark.parametrize('name', REAL)
def test_real_sets_need_no_python(name, imagery, tmp_path):
    folder, images, labels, classes, bands = REAL[name]
    (tmp_path / 'classes.csv').write_text(classes or '')
    dataset = build(
        imagery / folder,
        images=images,
        labels=labels,
        class_list=str(tmp_path / 'classes.csv'),
        window=128,
        pipeline=LOAD if labels else LOAD[:1],
    )
    found = gather(dataset)
    assert not found.faults and not found.strangers
    assert dataset[0]['img'].shape == (128, 128, bands)
    assert 0.5 < found.valid / found.inside <= 1
    if labels:
        counts = found.classes[: len(dataset.metainfo['classes'])]
        assert counts.sum() > 0.5 * found.valid
        # Every class of the list occurs, but the LULC of five places lacks some.
        assert (counts > 0).sum() >= min(len(counts), 5)
