"""Windows chosen by the tool, painted by a program, read back and trained on."""

import json
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, DefaultScope
from rasterio.features import rasterize
from rasterio.transform import from_origin

from glcnet_mm.datasets.windows_file import read_windows

ROOT_CONFIG = """
custom_imports = dict(imports=['glcnet_mm'], allow_failed_imports=False)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', mean=100.0, std=50.0),
    backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels=4),
    decode_head=dict(type='FCNHead', in_channels=32, channels=8, num_convs=1,
                     num_classes=2),
    train_cfg=dict(), test_cfg=dict(mode='whole'),
)
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images='{images}', window=16,
    sampling=dict(num_windows=99),
    classes=['low', 'high'], palette=[(1, 2, 3), (200, 100, 0)],
    pipeline=[dict(type='LoadRaster'), dict(type='MakeViews', views=[])],
))
"""


@pytest.fixture
def scenes(tmp_path, write_raster):
    """Two scenes that overlap by half, and one apart with a lot of nodata."""
    rng = np.random.default_rng(0)
    for name, x in (('a', 0), ('b', 32 * 2), ('c', 10_000)):
        pixels = rng.integers(1, 40, (4, 64, 64), 'uint8')
        pixels[:, :32] += 150
        if name == 'c':
            pixels[:, 8:] = 0
        write_raster(
            tmp_path / f'images/{name}.tif', pixels, nodata=0,
            transform=from_origin(500000 + x, 5400000, 2, 2),
        )  # fmt: skip
    (tmp_path / 'config.py').write_text(
        ROOT_CONFIG.replace('{images}', f'{tmp_path}/images')
    )
    return tmp_path


def chosen(scenes, name='out'):
    paths = sorted((scenes / 'images').iterdir())
    infos = [rasterio.open(path) for path in paths]
    named = [type('Info', (), dict(path=f.name, width=64, height=64)) for f in infos]
    return read_windows(str(scenes / name / 'windows.tsv'), named, 16)


def ground(places):
    """Pixels of the ground that each window shows; b lies 32 columns beside a."""
    for scene, window in places:
        left = window.col + {0: 0, 1: 32, 2: 5000}[scene]
        yield {(left + x, window.row + y) for x in range(16) for y in range(16)}


@pytest.mark.parametrize('strategy', ['typical', 'k-centre', 'random', 'stratified'])
def test_no_two_windows_share_ground(scenes, call_tool, strategy):
    told, error = call_tool(
        'choose_windows.py', scenes, 'config.py', 'out', '--budget', 100,
        '--strategy', strategy,
    )  # fmt: skip
    assert error is None and '100 were asked for' in told
    places = chosen(scenes)
    assert len(places) == 24 and {scene for scene, _ in places} == {0, 1}
    seen = list(ground(places))
    assert len(set.union(*seen)) == sum(map(len, seen))


def test_footprints_and_page(scenes, call_tool):
    read = pytest.importorskip('pyogrio.raw').read
    call_tool('choose_windows.py', scenes, 'config.py', 'out', '--minutes', 10, 3)
    meta, _, shapes, fields = read(scenes / 'out/windows.gpkg')
    values = dict(zip(meta['fields'], fields, strict=True))
    assert values['rank'].tolist() == [1, 2, 3] and '32633' in meta['crs']
    with sqlite3.connect(scenes / 'out/windows.gpkg') as file:
        style = file.execute('SELECT f_table_name, styleQML FROM layer_styles')
        ((layer, text),) = style.fetchall()
    assert layer == 'windows' and 'fieldName="rank"' in text
    assert values['cluster_size'].min() >= 1 and len(shapes) == 3
    corner = np.frombuffer(shapes[0][13:29], '<f8')
    left = 500000 + 64 * values['scene'][0].endswith('b.tif')
    assert corner.tolist() == [
        left + 2 * values['column'][0], 5400000 - 2 * values['row'][0],
    ]  # fmt: skip
    page = (scenes / 'out/windows.html').read_text()
    assert page.count('<img') == 2
    assert 'px wide, seed 0; config.py, by statistics of the bands.' in page


TRAINING = """
_base_ = ['{base}/schedules/finetune_iterations.py', '{base}/default_runtime.py']
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', mean=100.0, std=50.0),
    # No stride on a map of one cell: see docs/troubleshooting.md on NaN in bfloat16.
    backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels=4,
                  strides=(1, 2, 2, 1)),
    decode_head=dict(type='FCNHead', in_channels=32, channels=8, num_convs=1,
                     num_classes=2, norm_cfg=dict(type='BN')),
    train_cfg=dict(), test_cfg=dict(mode='whole'),
)
optim_wrapper = dict(optimizer=dict(lr=0.01))
train_cfg = dict(max_iters=50)
randomness = dict(seed=0)
# A name of its own, for runs of one process share a visualizer of one name.
visualizer = dict(vis_backends=[dict(type='LocalVisBackend')], name='painted')
default_hooks = dict(logger=dict(interval=1))
train_dataloader = dict(
    batch_size=4, num_workers=0,
    sampler=dict(type='InfinitePerSampleSampler'),
    dataset=dict(
        type='WindowDataset', images='out/scenes.txt', labels='out/labels', window=16,
        classes=['low', 'high'], sampling=dict(windows_file='out/windows.tsv'),
        pipeline=[dict(type='LoadRaster'), dict(type='LoadLabel'),
                  dict(type='PackWindow')],
    ),
)
test_dataloader = test_cfg = test_evaluator = None
"""


def test_what_is_painted_in_the_footprints_is_trained_on(
    scenes, call_tool, monkeypatch
):
    """By the files alone, as one would in QGIS."""
    read = pytest.importorskip('pyogrio.raw').read
    call_tool('choose_windows.py', scenes, 'config.py', 'out', '--budget', 6)
    meta, _, shapes, fields = read(scenes / 'out/windows.gpkg')
    named = fields[meta['fields'].tolist().index('scene')]
    for scene in set(named):
        label = scenes / f'out/labels/{Path(scene).stem}.tif'
        rings = [
            np.frombuffer(shape[13:], '<f8').reshape(5, 2).tolist()
            for shape, name in zip(shapes, named, strict=True)
            if name == scene
        ]
        with rasterio.open(scene) as image, rasterio.open(label, 'r+') as file:
            for fact in ('transform', 'crs', 'width', 'height'):
                assert getattr(file, fact) == getattr(image, fact)
            shown = file.colormap(1)
            assert shown[0] == (1, 2, 3, 255) and shown[1] == (200, 100, 0, 255)
            assert shown[255][3] == 0 and file.nodata == 255
            inside = rasterize(
                [dict(type='Polygon', coordinates=[ring]) for ring in rings],
                (64, 64), transform=file.transform,
            )  # fmt: skip
            assert inside.sum() == 16 * 16 * len(rings)
            classes = (image.read().mean(0) > 100).astype('uint8')
            file.write(np.where(inside, classes, file.read(1)), 1)
        with rasterio.open(label) as file:
            assert file.colormap(1) == shown and file.tags(1)['CLASS_1'] == 'high'
            assert (file.read(1) != 255).sum() == inside.sum()
        names = ElementTree.parse(f'{label}.aux.xml').iter('Category')
        assert [name.text for name in names] == ['low', 'high']
        entries = ElementTree.parse(label.with_suffix('.qml')).iter('paletteEntry')
        assert [entry.get('label') for entry in entries] == ['low', 'high']
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)
    base = Path(__file__).parents[2] / 'configs/_base_'
    (scenes / 'train.py').write_text(TRAINING.replace('{base}', base.as_posix()))
    _, error = call_tool('train.py', scenes, 'train.py', '--work-dir', 'run')
    assert error is None
    (log,) = (scenes / 'run').glob('*/vis_data/scalars.json')
    losses = [json.loads(line)['loss'] for line in log.read_text().splitlines()]
    assert len(losses) == 50 and np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


def test_painted_labels_are_read_and_more_goes_on(scenes, call_tool):
    first = ['choose_windows.py', scenes, 'config.py']
    call_tool(*first, 'out', '--budget', 4)
    places = chosen(scenes)
    for name in 'ab':
        path = scenes / f'out/labels/{name}.tif'
        if not path.exists():
            continue
        with rasterio.open(path, 'r+') as file:
            assert (file.read(1) == 255).all()
            assert file.colormap(1)[1][:3] == (200, 100, 0)
            labels = np.zeros((64, 64), 'uint8')
            labels[:32] = 1
            file.write(labels, 1)
    dataset = DATASETS.build(
        dict(
            type='WindowDataset', images=str(scenes / 'out/scenes.txt'), window=16,
            labels=str(scenes / 'out/labels'), classes=['low', 'high'],
            sampling=dict(windows_file=str(scenes / 'out/windows.tsv')),
            pipeline=[dict(type='LoadRaster'), dict(type='LoadLabel')],
        )
    )  # fmt: skip
    assert len(dataset) == 4
    for sample in map(dataset.__getitem__, range(4)):
        assert (sample['gt_seg_map'] == (sample['img'].mean(2) > 100)).all()
    painted = (scenes / 'out/labels/a.tif').read_bytes()
    call_tool(*first, 'out', '--budget', 3, '--more', 'out/windows.tsv')
    assert set(places) < set(chosen(scenes)) and len(chosen(scenes)) == 7
    assert (scenes / 'out/labels/a.tif').read_bytes() == painted
    seen = list(ground(chosen(scenes)))
    assert len(set.union(*seen)) == sum(map(len, seen))


@pytest.mark.parametrize('strategy', ['typical', 'random'])
def test_no_more_on_ground_that_is_labelled_off_the_grid(scenes, call_tool, strategy):
    (scenes / 'mine.tsv').write_text('a.tif\t41\t23\nb.tif\t30\t50\n')
    told, error = call_tool(
        'choose_windows.py', scenes, 'config.py', 'out', '--budget', 100,
        '--strategy', strategy, '--more', 'mine.tsv', '--by', 'scene',
    )  # fmt: skip
    assert error is None, error
    places = chosen(scenes)
    assert {(0, 41, 23), (1, 30, 50)} < {(s, w.col, w.row) for s, w in places}
    seen = list(ground(places))
    assert len(set.union(*seen)) == sum(map(len, seen))
    # Of 24 windows, four lie on the first and two more on the second.
    assert len(places) > 10 and 'scenes by' in told


def test_embeddings_of_a_checkpoint_tell_the_halves_apart(scenes, call_tool):
    config = Config.fromfile(scenes / 'config.py')
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config.model)
    torch.save(dict(state_dict=model.state_dict()), scenes / 'weights.pth')
    _, error = call_tool(
        'choose_windows.py', scenes, 'config.py', 'out', '--budget', 2,
        '--checkpoint', 'weights.pth',
    )  # fmt: skip
    assert error is None
    assert {window.row < 32 for _, window in chosen(scenes)} == {True, False}


def test_sampling_is_said_and_bad_input_has_a_sentence(scenes, call_tool):
    tool = ['choose_windows.py', scenes, 'config.py', 'out']
    told, _ = call_tool(*tool, '--budget', 2, '--at-most', 20)
    assert 'Of 48 windows 20 were drawn' in told
    before = (scenes / 'out/windows.tsv').read_text()
    for more in ([], ['--more', 'config.py']):
        error = call_tool(*tool, '--budget', 3, *more)[1]
        assert 'go on from them by --more out/windows.tsv' in error
    assert (scenes / 'out/windows.tsv').read_text() == before
    tool[-1] = 'other'
    for options, sentence in (
        (['--budget', 0], 'at least one window'),
        (['--budget', 2, '--least-valid', 1.1], 'lower --least-valid'),
        (['--budget', 2, '--checkpoint', 'none.pth'], 'none.pth'),
        (['--budget', 2, '--more', 'none.tsv'], 'none.tsv'),
        (['--minutes', 5, 0], 'more than 0 minutes'),
        (['--minutes', 2, 3], '2 are too few for a window that takes 3'),
    ):
        assert sentence in call_tool(*tool, *options)[1]


@pytest.fixture
def large(scenes, write_raster):
    """Three scenes apart, large enough for a project."""
    for number, path in enumerate(sorted((scenes / 'images').iterdir())):
        pixels = np.random.default_rng(number).integers(1, 250, (4, 256, 256), 'uint8')
        place = from_origin(500_000 + 5000 * number, 5_400_000, 2, 2)
        write_raster(path, pixels, transform=place)
    return scenes


def painted(path, classes):
    """Paints an empty label raster: as many columns of each class."""
    with rasterio.open(path, 'r+') as file:
        numbers = np.arange(file.width) * classes // file.width
        file.write(np.tile(numbers.astype('uint8'), (file.height, 1)), 1)


def test_without_classes_labels_can_be_told_apart_and_none_is_lost(large, call_tool):
    scenes = large
    config = scenes / 'config.py'
    text = config.read_text()
    config.write_text(
        text.replace("classes=['low', 'high'], palette=[(1, 2, 3), (200, 100, 0)],", '')
    )
    told, error = call_tool('choose_windows.py', scenes, 'config.py', 'out',
                            '--budget', 4, '--by', 'scene')  # fmt: skip
    assert error is None and 'config.py names no classes' in told
    assert not (scenes / 'out/labels/classes.csv').exists()
    for path in (scenes / 'out/labels').glob('*.tif'):
        with rasterio.open(path) as file:
            assert len({file.colormap(1)[number] for number in range(20)}) == 20
        painted(path, 3)
    told, error = call_tool('new_project.py', scenes, 'images', 'mine',
                            '--labels', 'out/labels')  # fmt: skip
    assert error is None and 'class 0 ' in told
    assert 'Ignored as no class: 0' not in told


def test_names_and_colours_go_from_the_choice_to_the_project(large, call_tool):
    scenes = large
    (scenes / 'names.txt').write_text('1 bog #010203\n0 moor #090807\n')
    call_tool('choose_windows.py', scenes, 'config.py', 'out', '--budget', 4,
              '--by', 'scene', '--classes', 'names.txt')  # fmt: skip
    for path in (scenes / 'out/labels').glob('*.tif'):
        with rasterio.open(path) as file:
            assert file.tags(1)['CLASS_1'] == 'bog'
            assert file.colormap(1)[0][:3] == (9, 8, 7)
        painted(path, 2)
    error = call_tool('new_project.py', scenes, 'images', 'mine',
                      '--labels', 'out/labels')[1]  # fmt: skip
    assert error is None and '.partial' not in (scenes / 'mine/data.py').read_text()
    found = DATASETS.build(Config.fromfile(
        str(scenes / 'mine/finetune_random.py')).train_dataloader.dataset)  # fmt: skip
    assert list(found.metainfo['classes']) == ['moor', 'bog']
    assert [tuple(c) for c in found.metainfo['palette']] == [(9, 8, 7), (1, 2, 3)]


def test_rasters_without_a_place_have_no_footprints_and_that_is_said(
    scenes, call_tool, write_raster
):
    for path in sorted((scenes / 'images').iterdir()):
        with rasterio.open(path) as file:
            pixels = file.read()
        path.unlink()
        write_raster(path, pixels, nodata=0, crs=None, transform=None)
    told, error = call_tool(
        'choose_windows.py', scenes, 'config.py', 'out', '--budget', 2
    )
    assert error is None and 'None of the 2 windows has a footprint' in told
    assert not (scenes / 'out/windows.gpkg').exists()
