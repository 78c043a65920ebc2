"""The tool as a user calls it: pages, folders, bad input, real imagery."""

import re
from pathlib import Path

import numpy as np
import pytest
import rasterio

from glcnet_mm.inspection.browse import browse

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs'
CLEAN = 'Nothing looks wrong in the sampled windows.'

CONFIG = f"""
_base_ = [
    '{(CONFIGS / '_base_/models/deeplabv3plus_r18.py').as_posix()}',
    '{(CONFIGS / '_base_/default_runtime.py').as_posix()}',
]
model = dict(
    data_preprocessor=dict(mean=130.0, std=60.0),
    backbone=dict(in_channels=1),
    decode_head=dict(num_classes=3),
)
train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        type='WindowDataset',
        images='images',
        labels='labels',
        classes=['water', 'field', '<town>'],
        palette=[(0, 0, 255), (0, 255, 0), (255, 0, 0)],
        window=32,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(type='PackWindow'),
        ],
    ),
)
"""


@pytest.fixture
def site(tmp_path, write_raster):
    """One scene with a label whose upper half is water and right lower is town."""
    pixels = np.random.default_rng(0).integers(20, 240, (1, 96, 128), 'uint8')
    write_raster(tmp_path / 'images/a.tif', pixels)
    label = np.zeros((96, 128), 'uint8')
    label[48:], label[48:, 64:] = 1, 2
    write_raster(tmp_path / 'labels/a.tif', label)
    (tmp_path / 'config.py').write_text(CONFIG)
    return tmp_path


def shares(page):
    """Class shares of the page's table, in per cent."""
    rows = re.findall(r'<td>label ([^<]+)</td><td>([\d.]+)%</td>', page)
    return {name: float(share) for name, share in rows}


def test_a_page_of_labelled_windows(site, call_tool):
    options = ['--out', 'look/page.html', '--samples', 3]
    out, end = call_tool('browse_data.py', site, 'config.py', *options)
    assert end is None
    assert 'Looks wrong' not in out
    page = (site / 'look/page.html').read_text()
    assert [p.name for p in (site / 'look').iterdir()] == ['page.html']
    assert CLEAN in page
    assert shares(page) == {'water': 50, 'field': 25, '&lt;town&gt;': 25}
    assert page.count('data:image/png;base64,') == 6  # three facts, three samples
    # Windows of the grid are found in a GIS by file, pixels and ground.
    places = re.findall(
        r'images/a.tif, columns (\d+) to (\d+), rows (\d+) to (\d+), '
        r'EPSG:32633 x (\d+) to (\d+), y (\d+) to (\d+)',
        page,
    )
    assert len(set(places)) == 3
    for place in places:
        left, right, top, bottom, *ground = map(int, place)
        assert right - left == bottom - top == 32 and not left % 32
        x = [500000 + 2 * column for column in (left, right)]
        y = [5400000 - 2 * row for row in (bottom, top)]
        assert ground == [*x, *y]


def test_a_label_shifted_by_one_class_shows(site, write_raster):
    with rasterio.open(site / 'labels/a.tif') as source:
        label = source.read(1)
    write_raster(site / 'labels/a.tif', np.minimum(label + 1, 2))
    out = str(site / 'page.html')
    (wrong,) = browse(str(site / 'config.py'), out, samples=1, options=at(site))
    assert wrong.startswith('No label pixel is "water" (all 12 windows read)')
    page = (site / 'page.html').read_text()
    assert shares(page) == {'water': 0, 'field': 50, '&lt;town&gt;': 50}
    assert CLEAN not in page and 'What looks wrong' in page


def test_a_folder_holds_the_pictures_of_the_last_call(site):
    browse(str(site / 'config.py'), str(site / 'look'), samples=4, options=at(site))
    (site / 'look/sample_9_of_mine.txt').write_text('kept')
    browse(str(site / 'config.py'), str(site / 'look'), samples=2, options=at(site))
    names = sorted(path.name for path in (site / 'look').iterdir())
    assert names == [
        'classes.png',
        'facts.md',
        'places.png',
        'sample_1.png',
        'sample_2.png',
        'sample_9_of_mine.txt',
        'values.png',
    ]
    with rasterio.open(site / 'look/sample_1.png') as picture:
        assert picture.width > 500
    facts = (site / 'look/facts.md').read_text()
    assert 'Nothing looks wrong.' in facts and '| label water | 50.0% |' in facts


def at(site):
    return {'train_dataloader.dataset.data_root': str(site)}


def test_samples_depend_on_the_seed_only(site):
    def drawn(seed):
        out = str(site / f'look{seed}')
        browse(str(site / 'config.py'), out, samples=2, seed=seed, options=at(site))
        return Path(out, 'sample_1.png').read_bytes()

    first = drawn(0)
    assert drawn(0) == first != drawn(1)


@pytest.mark.parametrize(
    'change, message',
    [
        (dict(config_path='gone.py'), 'gone.py does not exist; name a config file'),
        (dict(config_path='broken.py'), 'broken.py cannot be read as a config'),
        (dict(out='x.pdf'), 'x.pdf names a .pdf file; --out is a folder'),
        (dict(out='config.py/x'), 'config.py/x cannot be written'),
        (dict(samples=0), '--samples must be from 1 to 64, got 0'),
        (dict(seed=-1), '--seed must be 0 or more'),
        (dict(bands=[2]), r'asks for band 2, but \[1\] are read'),
        (dict(split='val'), 'in val_dataloader; choose --split train'),
    ],
)
def test_bad_input_is_one_sentence(site, monkeypatch, change, message):
    monkeypatch.chdir(site)
    (site / 'broken.py').write_text('model = dict(')
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        browse(**{**dict(config_path='config.py', out='x'), **change})
    assert '\n' not in str(error.value)
    assert not list(site.glob('**/*.png'))


@pytest.mark.parametrize(
    'option, message',
    [
        (dict(type='NoDataset'), 'cannot be built .*NoDataset'),
        (dict(stripe=3), 'cannot be built .*stripe'),
        (dict(images='nowhere'), 'nowhere does not exist'),
        (dict(type='ADE20KDataset'), 'cannot be built|holds no windows'),
    ],
)
def test_data_sets_that_cannot_be_built(site, option, message):
    options = {f'train_dataloader.dataset.{k}': v for k, v in option.items()}
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        browse(
            str(site / 'config.py'), str(site / 'x'), options={**at(site), **options}
        )


def test_an_unreadable_raster_is_named(site, call_tool):
    (site / 'images/b.tif').write_bytes(b'no raster')
    (site / 'labels/b.tif').write_bytes(b'no raster')
    error = call_tool('browse_data.py', site, 'config.py', '--out', 'x')[1]
    assert 'images/b.tif is not a readable raster' in error
    assert len(error.splitlines()) == 1


def test_an_empty_config_has_no_data_set(site):
    (site / 'empty.py').write_text('model = None\n')
    with pytest.raises(ValueError, match='no data set in train_dataloader; add one'):
        browse(str(site / 'empty.py'), str(site / 'x'))


def look(imagery, tmp_path, config, folder, **options):
    changes = {f'train_dataloader.dataset.{k}': v for k, v in options.items()}
    changes['train_dataloader.dataset.data_root'] = str(imagery / folder)
    out = tmp_path / 'page.html'
    wrong = browse(str(config), str(out), samples=2, options=changes)
    return wrong, out.read_text()


def test_dubai(imagery, tmp_path):
    """Colours of six classes, some of them palettes, and the share of black border."""
    config = CONFIGS / 'deeplabv3plus/deeplabv3plus_r18_random_small_dubai1pct.py'
    wrong, page = look(imagery, tmp_path, config, 'dubai_aerial', sampling={})
    assert not [text for text in wrong if 'colours' in text or 'constant' in text]
    assert set(shares(page)) >= {'water', 'land', 'road', 'building', 'vegetation'}
    assert sum(shares(page).values()) == pytest.approx(100, abs=0.5)


def test_dates_of_naip(imagery, tmp_path):
    config = CONFIGS / 'glcnet/glcnet-dates_r18_small_naip.py'
    wrong, page = look(imagery, tmp_path, config, 'naip_series')
    assert wrong == []
    captions = re.findall(r'(m_\w+).tif, columns .*; other date .*(m_\w+).tif', page)
    assert len(captions) == 2 and all(first != other for first, other in captions)
    assert 'EPSG:26914' in page


def test_twelve_bands_with_the_range_of_8_bits(imagery, tmp_path):
    config = CONFIGS / 'glcnet/glcnet_r18_small_naip.py'
    wrong, page = look(imagery, tmp_path, config, 'terramesh', images='S2L2A')
    assert any('outside value_range=(0, 255)' in text for text in wrong)
    assert any('in_channels=4 but 12 bands' in text for text in wrong)
    assert 'EPSG:32722' in page or 'EPSG:32736' in page or 'EPSG:32616' in page


def test_radar_in_decibels_gives_a_row_of_pictures_per_band(imagery, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.replace("'images'", "'S1'").replace("'labels'", 'None'))
    load = [dict(type='LoadRaster'), dict(type='PackWindow')]
    changes = dict(
        data_root=str(imagery / 'sen1floods11_chip'), window=128, pipeline=load
    )
    options = {f'train_dataloader.dataset.{k}': v for k, v in changes.items()}
    out = tmp_path / 'look'
    wrong = browse(str(config), str(out), samples=1, options=options)
    assert [text.split()[0] for text in wrong] == ['The', 'After']
    facts = (out / 'facts.md').read_text()
    assert '| bands | 2 of float32 |' in facts
    low = re.findall(r'\n\| [12] \| (-?[\d.]+) \|', facts)
    assert [float(value) < -30 for value in low] == [True, True]
    with rasterio.open(out / 'sample_1.png') as picture:
        assert picture.height > 1.8 * picture.width


def test_open_shows_the_page_or_says_where_it_is(site, call_tool, monkeypatch):
    opened = []
    monkeypatch.setattr('webbrowser.open', lambda page: opened.append(page) or True)
    call = ('browse_data.py', site, 'config.py', '--samples', '1', '--open', '--out')
    told, end = call_tool(*call, 'look.html')
    assert end is None and opened == [(site / 'look.html').as_uri()]
    assert 'no browser' not in told
    monkeypatch.setattr('webbrowser.open', lambda page: False)
    told, _ = call_tool(*call, 'look.html')
    assert f'There is no browser here: open {opened[0]}' in told
    end = call_tool(*call, 'pictures')[1]
    assert end == 'Error: --open shows a page, but pictures is a folder of pictures.'
