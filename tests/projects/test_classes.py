import numpy as np
import pytest

from glcnet_mm.datasets.class_lists import find_class_list, read_class_list
from glcnet_mm.errors import UserError
from glcnet_mm.projects.class_table import class_table
from glcnet_mm.projects.label_values import survey_values

LISTS = {
    'id,name,r,g,b\n10,water,0,0,255\n30,bare soil,9,8,7\n': [
        ('water', 10, (0, 0, 255)),
        ('bare soil', 30, (9, 8, 7)),
    ],
    'water\nforest\n': [('water', None, None), ('forest', None, None)],
    '0: water\n1: dense forest\n': [('water', 0, None), ('dense forest', 1, None)],
    'name;r;g;b\nwater;1;2;3\n': [('water', None, (1, 2, 3))],
    'water #0000ff\n': [('water', None, (0, 0, 255))],
}


@pytest.mark.parametrize('text', LISTS)
def test_class_lists_of_any_form(text, tmp_path):
    (tmp_path / 'classes.txt').write_text(text)
    assert find_class_list([str(tmp_path)]) == str(tmp_path / 'classes.txt')
    found = read_class_list(str(tmp_path / 'classes.txt'))
    assert [tuple(c) for c in found] == LISTS[text]


def test_list_line_that_is_no_class(tmp_path):
    (tmp_path / 'classes.csv').write_text('water,1,2\n')
    with pytest.raises(UserError, match='the line "water,1,2" is no class'):
        read_class_list(str(tmp_path / 'classes.csv'))


def test_sparse_ids_ignore_zero(tmp_path, write_raster):
    pixels = np.repeat(np.array([[0, 10, 30, 50]], np.uint8), 4, 0)
    values = survey_values([write_raster(tmp_path / 'l.tif', pixels)])
    table = class_table(values, [])
    assert (table.values, table.ignored) == ([10, 30, 50], [0])
    ids = {10: 0, 30: 1, 50: 2, 0: 'ignore'}
    assert table.settings(['l.tif'])['labels'] == dict(files=['l.tif'], ids=ids)
    assert table.amounts(values).tolist() == [[4, 4, 4]]


def test_names_without_ids_follow_sparse_ids(tmp_path, write_raster):
    pixels = np.repeat(np.array([[0, 10, 30, 50]], np.uint8), 4, 0)
    (tmp_path / 'classes.txt').write_text('water\nforest\ntown\n')
    values = survey_values([write_raster(tmp_path / 'l.tif', pixels)])
    table = class_table(values, read_class_list(str(tmp_path / 'classes.txt')))
    assert dict(zip(table.names, table.values, strict=True)) == dict(
        water=10, forest=30, town=50
    )


def test_a_mask_of_0_and_255_has_two_classes(tmp_path, write_raster):
    pixels = np.array([[0, 255]], np.uint8)
    table = class_table(survey_values([write_raster(tmp_path / 'l.tif', pixels)]), [])
    assert (table.values, table.ignored) == ([0, 255], [])


def test_negative_ids_are_ignored(tmp_path, write_raster):
    pixels = np.array([[-1, 0, 1]], np.int16)
    table = class_table(survey_values([write_raster(tmp_path / 'l.tif', pixels)]), [])
    assert (table.values, table.ignored) == ([0, 1], [-1])


def test_colours_of_masks_and_palettes_are_one_table(tmp_path, write_raster):
    red, green, black = (200, 0, 0), (0, 200, 0), (0, 0, 0)
    painted = np.array([[red, green, black, red]], np.uint8).transpose(2, 0, 1)
    rgb = write_raster(tmp_path / 'a.tif', painted)
    numbers = np.array([[1, 2, 0, 2]], np.uint8)
    table = {0: black, 1: green, 2: red}
    palette = write_raster(tmp_path / 'b.tif', numbers, colours=table)
    values = survey_values([rgb, palette])
    found = class_table(values, [])
    assert (found.values, found.ignored) == ([green, red], [black])
    assert values.total() == {red: 4, green: 2, black: 2}


def test_colours_of_a_list_that_no_mask_has_are_left_aside(tmp_path, write_raster):
    painted = np.array([[(1, 2, 3), (4, 5, 6)]], np.uint8).transpose(2, 0, 1)
    (tmp_path / 'classes.csv').write_text('name,r,g,b\nsea,9,9,8\nland,8,9,9\n')
    values = survey_values([write_raster(tmp_path / 'a.tif', painted)])
    table = class_table(values, read_class_list(str(tmp_path / 'classes.csv')))
    assert table.names == ['#010203', '#040506']
    assert any('left aside' in note for note in table.notes)


def test_an_image_given_as_label_is_refused(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 32, 32), np.uint8)
    with pytest.raises(UserError, match='too many for classes'):
        survey_values([write_raster(tmp_path / 'a.tif', np.repeat(pixels, 3, 2))])
