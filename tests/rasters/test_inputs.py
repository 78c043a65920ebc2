"""The list of inputs is what a user sees: links, leftovers, names and encodings."""

import os

import numpy as np
import pytest

from glcnet_mm.datasets import GenericDataset
from glcnet_mm.datasets.class_lists import read_class_list
from glcnet_mm.datasets.known_sets.generic import read_classes
from glcnet_mm.datasets.known_sets.layout import Origin, Part, find_files
from glcnet_mm.datasets.windows_file import read_windows
from glcnet_mm.rasters.sources import find_rasters, pair_labels, read_list
from glcnet_mm.stats_file import read_statistics
from tests.layouts import touch


def test_linked_folders_are_followed_and_loops_end(tmp_path):
    touch(tmp_path, 'elsewhere/b.tif', 'images/a.tif', 'images/sub/c.tif')
    images = tmp_path / 'images'
    (images / 'more').symlink_to(tmp_path / 'elsewhere')
    (images / 'sub/loop').symlink_to(images)
    found = find_rasters('images', str(tmp_path))
    assert found == [str(images / n) for n in ('a.tif', 'more/b.tif', 'sub/c.tif')]


@pytest.mark.parametrize('link', ['b.tif', 'more'])
def test_a_link_that_leads_nowhere_is_named(link, tmp_path):
    touch(tmp_path, 'images/a.tif')
    (tmp_path / 'images' / link).symlink_to(tmp_path / 'gone')
    for source in ('images', f'images/{link}'):
        with pytest.raises(FileNotFoundError, match=f'{link} is a link to .*gone'):
            find_rasters(source, str(tmp_path))


def test_leftovers_of_other_programs_are_no_scenes(tmp_path):
    (wanted, *_) = touch(
        tmp_path,
        'images/a.tif',
        'images/._a.tif',
        'images/.ipynb_checkpoints/a-checkpoint.tif',
        'images/__MACOSX/a.tif',
    )
    for source in ('images', '**/*.tif'):
        assert find_rasters(source, str(tmp_path)) == [wanted]
    # Who names one means it, and a hidden folder on the way says nothing.
    (named,) = touch(tmp_path, '.cache/images/a.tif')
    assert find_rasters('.cache/images', str(tmp_path)) == [named]
    assert find_rasters('images/._a.tif', str(tmp_path)) == [
        str(tmp_path / 'images/._a.tif')
    ]
    part = Part('images/*.tif', count=1)
    found = find_files(str(tmp_path), Origin('A set', 'https://x'), [part])
    assert found == [['images/a.tif']]


def test_a_file_that_is_named_twice_counts_once(tmp_path):
    first, second = touch(tmp_path, 'images/a.tif', 'images/b.tif')
    (tmp_path / 'list.txt').write_text('images/b.tif\nimages/a.tif\nimages/b.tif\n')
    (tmp_path / 'linked').symlink_to(tmp_path / 'images')
    (tmp_path / 'c.tif').symlink_to(first)
    root = str(tmp_path)
    assert find_rasters(['images', 'images/a.tif', 'i*/*.tif'], root) == [first, second]
    assert find_rasters('list.txt', root) == [second, first]
    assert find_rasters(['images', 'linked', 'c.tif'], root) == [first, second]
    # One label may serve several images through links.
    images = touch(tmp_path, 'x/a.tif', 'x/b.tif')
    touch(tmp_path, 'y/a.tif')
    (tmp_path / 'y/b.tif').symlink_to(tmp_path / 'y/a.tif')
    labels = pair_labels(images, 'y', root)
    assert [os.path.basename(label) for label in labels] == ['a.tif', 'b.tif']


def test_suffixes_in_capital_letters_are_found(tmp_path):
    images = touch(tmp_path, 'images/a.tif', 'images/b.TIFF')
    labels = touch(tmp_path, 'masks/a.TIF', 'masks/b.Png')
    (tmp_path / 'list.txt').write_text('images/a.TIF\nimages/b.tiff\n')
    root = str(tmp_path)
    assert pair_labels(images, {'images': 'masks'}, root) == labels
    assert pair_labels(images, 'masks', root) == labels
    assert find_rasters('list.txt', root) == images
    part = Part('images/*.tiff', count=1)
    assert find_files(root, Origin('A set', 'https://x'), [part]) == [['images/b.TIFF']]
    # The name itself keeps its letters.
    with pytest.raises(FileNotFoundError, match='has no label'):
        pair_labels(touch(tmp_path, 'images/A.tif'), {'images': 'masks'}, root)


def test_a_name_that_is_not_utf8_is_told_in_ascii(tmp_path):
    folder = os.fsencode(tmp_path / 'images')
    os.mkdir(folder)
    try:
        with open(os.path.join(folder, b'caf\xe9.tif'), 'wb'):
            pass
    except OSError:
        pytest.skip('this file system has UTF-8 names only')
    with pytest.raises(
        ValueError, match=r'caf\\udce9.tif is not UTF-8.*rename'
    ) as error:
        find_rasters('images', str(tmp_path))
    str(error.value).encode('ascii')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-be'])
def test_lists_are_read_in_utf8_and_marked_utf16(encoding, tmp_path):
    def write(name, text):
        mark = b'\xfe\xff' if encoding == 'utf-16-be' else b''
        (tmp_path / name).write_bytes(mark + text.encode(encoding))
        return str(tmp_path / name)

    (raster,) = touch(tmp_path, 'wäld.tif')
    assert find_rasters(write('list.txt', 'wäld.tif\r\n')) == [raster]
    classes = read_classes(write('classes.csv', 'id,name\r\n0,Wäldchen\r\n1,road\r\n'))
    assert classes.classes == ['Wäldchen', 'road']


@pytest.mark.parametrize(
    'name, encoding', [('é', 'latin-1'), ('名', 'gbk'), ('名', 'utf-16-le')]
)
def test_another_encoding_is_named_with_its_file(name, encoding, tmp_path):
    path = tmp_path / 'list.txt'
    path.write_bytes(f'id,name\n0,{name}\n'.encode(encoding))
    readers = (read_classes, read_class_list, read_statistics, read_list)
    for read in (find_rasters, *readers, lambda p: read_windows(p, [], 8)):
        with pytest.raises(
            ValueError, match='list.txt is no text in UTF-8.* save it as UTF-8'
        ):
            read(str(path))


def test_vector_labels_are_told_how_to_burn(tmp_path, write_raster):
    write_raster(tmp_path / 'images/a.tif', np.ones((3, 16, 16), 'uint8'))
    touch(tmp_path, 'labels/a.geojson')
    burn = 'a.geojson holds vectors.*gdal_rasterize'
    for labels in ('labels', {'images': 'labels'}, 'labels/a.geojson'):
        with pytest.raises((ValueError, FileNotFoundError), match=burn):
            GenericDataset(str(tmp_path), labels=labels, window=8, pipeline=[])
