"""What the check of a data set finds: unreadable files, unfit labels, wrong sizes."""

from pathlib import Path

import numpy as np
import pytest

from glcnet_mm.inspection.check import check_config, check_set
from tests.layouts import noise, stripes, write

ROOT = Path(__file__).parents[2]
CLASSES = 'id,name\n1,water\n2,field\n'
CONFIG = """
part = dict(
    type='WindowDataset',
    data_root={root!r},
    images='images',
    labels=dict(files='labels', ids={{1: 0, 2: 1}}),
    classes=['water', 'field'],
    window=8,
    sampling=dict(num_windows=3),
    pipeline=[dict(type='LoadRaster')],
)
train_dataloader = dict(dataset=dict(type='DomainDataset', datasets=[part, part]))
val_dataloader = None
test_dataloader = dict(dataset=part)
"""


@pytest.fixture
def root(tmp_path, write_raster):
    for number in range(4):
        write(write_raster, tmp_path / f'images/s{number}.tif', noise(3, number))
        write(write_raster, tmp_path / f'labels/s{number}.tif', stripes([1, 2]))
    (tmp_path / 'classes.csv').write_text(CLASSES)
    return tmp_path


def check(root, **options):
    return check_set(str(root), 'generic', dict(window=8) | options, everything=True)


def test_a_sound_set_has_no_problems(root):
    text, problems = check(root)
    assert problems == 0 and 'PROBLEM' not in text and 'NOT A CLASS' not in text
    assert '4 of 16x16 px' in text and '3 of uint8' in text
    assert '16 of 8 px, 16 read' in text
    words = text.split()
    assert words[words.index('water') + 1] == '6.2%'
    assert words[words.index('field') + 1] == '93.8%'


def test_values_outside_the_table_are_shared_out(root, write_raster):
    label = write(write_raster, root / 'labels/s2.tif', stripes([1, 9, 9, 9, 2]))
    text, problems = check(root)
    # Three columns of 16 in one image of four.
    row = f'NOT A CLASS 9 4.69% of the pixels, first in {label}'
    assert row in ' '.join(text.split())
    assert problems == 1 and 'holds the label value 9, which is no class' in text


def test_colours_outside_the_table_are_ignored_by_a_training(root, write_raster):
    for number in range(4):
        values = [(0, 0, 255), (1, 2, 3) if number == 3 else (0, 0, 255)]
        write(write_raster, root / f'labels/s{number}.tif', stripes(values))
    (root / 'classes.csv').write_text('name,r,g,b\nwater,0,0,255\n')
    text, problems = check(root)
    row = 'NOT A CLASS (1, 2, 3) 23.44% of the pixels'
    assert problems == 0 and row in ' '.join(text.split())


def test_unreadable_files_are_all_named(root):
    for number in (1, 3):
        path = root / f'images/s{number}.tif'
        path.write_bytes(path.read_bytes()[:200])
    (root / 'images/s2.tif').write_bytes(b'')
    text, problems = check(root)
    assert problems == 3
    for number in (1, 2, 3):
        assert text.count(f'PROBLEM: {root}/images/s{number}.tif') == 1


def test_pixels_that_cannot_be_read_are_named_and_the_rest_is_read(root, write_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (3, 16, 16), 'uint8')
    path = root / 'images/s1.tif'
    write_raster(path, pixels, compress='deflate')
    content = bytearray(path.read_bytes())
    content[-300:-200] = bytes(100)
    path.write_bytes(content)
    text, problems = check(root)
    assert problems == 1 and f'PROBLEM: {path} is damaged' in text
    assert '16 of 8 px, 12 read' in text


def test_all_pairs_of_unequal_size_are_counted(root, write_raster):
    for number in (0, 2):
        write(write_raster, root / f'labels/s{number}.tif', stripes([1])[:, :9])
    text, problems = check(root)
    assert 'labels/s0.tif has 16x9 pixels but its image' in text
    assert '(1 more pairs differ)' in text and problems == 1


def test_another_size_than_published_is_a_problem(tmp_path, write_raster):
    for kind, pixels in dict(images=noise(3), masks=stripes([1])).items():
        for number in range(3):
            path = tmp_path / f'Train/Urban/{kind}_png/{number}.png'
            write(write_raster, path, pixels)
    options = dict(complete=False, scenes=['Urban'])
    text, problems = check_set(str(tmp_path), 'LoveDA', options, True)
    assert problems == 1 and '16x16 pixels, but the images of LoveDA have 1024' in text
    assert 'so are 3 of 3' in text


def test_every_data_set_of_a_config_is_checked(root, tmp_path, write_raster):
    path = tmp_path / 'config.py'
    path.write_text(CONFIG.format(root=str(root)))
    text, problems = check_config(str(path), {}, everything=False)
    assert problems == 0 and text.count('16 of 8 px, 16 read') == 3
    assert text.count('train_dataloader') == 2 and text.count('test_dataloader') == 1
    for number in range(4):
        write(write_raster, root / f'other/s{number}.tif', stripes([3]))
    assert check_config(str(path), dict(labels='other'), everything=False)[1] == 3
    path.write_text('model = dict()\n')
    with pytest.raises(ValueError, match='config.py has none of'):
        check_config(str(path), {}, everything=False)
    with pytest.raises(ValueError, match="no set 'moon'; known are"):
        check_set(str(root), 'moon', {}, everything=False)


def test_the_tool_ends_with_what_it_found(root, call_tool, write_raster):
    def run(name, *options):
        return call_tool('check_data.py', root, root, '--set', name, *options)

    write(write_raster, root / 'labels/s0.tif', stripes([3]))
    out, end = run('generic', '--options', 'window=8')
    assert end == 1 and '16 of 8 px, 16 read' in out and 'PROBLEM' in out
    end = run('moon')[1]
    assert end.endswith("'yesegoptsar'].") and len(end.splitlines()) == 1


def test_options_that_a_set_needs_are_asked_for(root):
    with pytest.raises(ValueError, match='IndiaDataset needs scenes; give them'):
        check_set(str(root), 'India', {}, everything=False)
