"""Splits as a user makes them, read by the data sets that take them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS
from rasterio.transform import Affine

from glcnet_mm.datasets import DubaiDataset, PotsdamTilesDataset
from glcnet_mm.datasets.known_sets import POTSDAM
from glcnet_mm.datasets.sampling_settings import with_sampling

REPOSITORY = Path(__file__).parents[2]
TOOL = REPOSITORY / 'tools/make_splits.py'
NOWHERE = dict(crs=None, transform=Affine.identity())
LOAD = [dict(type='LoadRaster')]
CONFIG = """
custom_imports = dict(imports=['glcnet_mm'])
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images='images', labels='labels', data_root='data',
    window=16, classes=['field', 'town', 'lake'],
    sampling=dict(stride=8, num_windows=50, windows_file='not/there/yet.tsv'),
    pipeline=[dict(type='LoadRaster'), dict(type='LoadLabel'),
              dict(type='AugmentWindow', value_range='not/there/either.json')]))
"""
TILES = """
custom_imports = dict(imports=['glcnet_mm'])
train_dataloader = dict(dataset=dict(
    type='PotsdamTilesDataset', data_root='potsdam', split='train', window=16,
    pipeline=[dict(type='LoadRaster')]))
"""


@pytest.fixture
def command(call_tool):
    """Runs the tool; returns what it printed, or its last words if it should fail."""

    def run(folder, *arguments, ok=True):
        told, error = call_tool('make_splits.py', folder, *arguments)
        assert (error is None) == ok, error
        return told if ok else error

    return run


@pytest.fixture
def folder(tmp_path, write_raster):
    """Two scenes of three classes, the third in few places."""
    rng = np.random.default_rng(0)
    for number in range(2):
        labels = (rng.random((1, 12, 16)) > 0.8).astype('uint8')
        labels[0, 3, 4:6] = 2
        labels = labels.repeat(8, 1).repeat(8, 2)
        write_raster(tmp_path / f'data/labels/{number}.tif', labels)
        pixels = rng.integers(1, 255, (3, 96, 128), 'uint8')
        write_raster(tmp_path / f'data/images/{number}.tif', pixels)
    (tmp_path / 'config.py').write_text(CONFIG)
    return tmp_path


def windows(folder, file):
    data = Config.fromfile(folder / 'config.py').train_dataloader.dataset
    data.update(data_root=str(folder / 'data'), pipeline=LOAD)
    dataset = DATASETS.build(with_sampling(data, windows_file=str(file)))
    return {dataset.fixed_window(n) for n in range(dataset.fixed_windows())}


def test_fractions_nest_and_say_where_they_come_from(folder, command):
    told = command(
        folder, 'config.py', 'out', '--fraction', 0.1, 0.5, '--seed', 7, '--stratified'
    )
    few, many = (folder / f'out/{p}pct_seed7.tsv' for p in (10, 50))
    assert len(windows(folder, few)) == 33 and len(windows(folder, many)) == 165
    assert windows(folder, few) < windows(folder, many)
    first = few.read_text().splitlines()[0]
    assert first.startswith(
        '# 10pct_seed7: 33 windows of 16 px, seed 7; make_splits.py'
    )
    assert '--fraction 0.1 0.5 --seed 7 --stratified' in first
    rows = {line.split()[0]: line.split() for line in told.splitlines()[1:4]}
    assert rows['10pct_seed7'][1:3] == ['33', '2'] and '%' in rows['all']
    for column in (3, 5, 7):
        shares = [float(rows[name][column]) for name in ('all', '10pct_seed7')]
        assert abs(shares[0] - shares[1]) < 3
    # The same again is no conflict; something else under its name is.
    command(
        folder, 'config.py', 'out', '--fraction', 0.1, 0.5, '--seed', 7, '--stratified'
    )
    error = command(
        folder, 'config.py', 'out', '--fraction', 0.1, '--seed', 7, ok=False
    )
    assert 'out/10pct_seed7.tsv exists and says something else' in error


def test_the_tool_runs_on_its_own(folder):
    done = subprocess.run(
        [sys.executable, TOOL, 'config.py', 'few.tsv', '--fraction', '0.1'],
        cwd=folder,
        env=dict(os.environ, PYTHONPATH=str(REPOSITORY), OMP_NUM_THREADS='1'),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 'Written to few.tsv' in done.stdout
    assert len(windows(folder, folder / 'few.tsv')) == 33


def test_parts_and_fractions_of_a_part(folder, command):
    split = ['--split', 'train=0.6', 'val=0.2', 'test=0.2']
    told = command(folder, 'config.py', 'out', *split, '--by', 'block', '--block', 32)
    assert 'windows are in no part: unlabelled, across blocks' in told
    owners = np.zeros((3, 1 + 96, 1 + 128), int)
    # Both scenes lie at one place, so their pixels are the same ground.
    for number, part in enumerate(('train', 'val', 'test')):
        found = windows(folder, folder / f'out/{part}.tsv')
        assert {scene for scene, _ in found} <= {0, 1} and found
        for _, (col, row, width, height) in found:
            owners[number, row : row + height, col : col + width] = 1
    assert (owners.sum(0) <= 1).all()
    command(
        folder,
        'config.py',
        'few.tsv',
        '--fraction',
        0.1,
        '--within',
        'out/train.tsv',
        '--every-class',
    )
    few = windows(folder, folder / 'few.tsv')
    assert few < windows(folder, folder / 'out/train.tsv')


def test_list_files_are_those_of_the_reference(tmp_path, write_raster, command):
    colours = np.array(list(POTSDAM.values()), 'uint8')
    for number in range(10):
        pixels = np.full((4, 16, 16), 10 + number, 'uint8')
        label = np.tile(colours[number % 3, :, None, None], (1, 16, 16))
        write_raster(
            tmp_path / f'potsdam/train_RGBIR/t_{number}.tif', pixels, **NOWHERE
        )
        write_raster(tmp_path / f'potsdam/train_lbl/t_{number}.tif', label, **NOWHERE)
    names = [f't_{number}.tif' for number in range(10)]
    (tmp_path / 'potsdam/train_RGBIR.txt').write_text('\n'.join(names) + '\n')
    (tmp_path / 'tiles.py').write_text(TILES)
    arguments = ['tiles.py', 'potsdam', '--list-files', '--seed', 1]
    command(tmp_path, *arguments, '--fraction', 0.3)
    lists = [
        (tmp_path / f'potsdam/train_30pct_seed1_{kind}.txt').read_bytes()
        for kind in ('RGBIR', 'lbl')
    ]
    assert lists[0] == lists[1] and b'\r' not in lists[0]
    assert lists[0].endswith(b'.tif\n') and len(lists[0].splitlines()) == 3
    dataset = PotsdamTilesDataset(
        str(tmp_path / 'potsdam'), 'train_30pct_seed1', window=16, pipeline=LOAD
    )
    listed = [Path(info.path).name for info in dataset.index.infos]
    assert listed == lists[0].decode().split()
    error = command(tmp_path, *arguments, '--split', 'train=0.5', 'b=0.5', ok=False)
    assert 'potsdam/train_RGBIR.txt exists and says something else' in error
    assert not list((tmp_path / 'potsdam').glob('train_b*'))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['none.py', 'out'], 'The config none.py does not exist'),
        (['config.py', 'o.tsv', '--fraction', '.1', '.2'], 'o.tsv is one file'),
        (['config.py', 'o.tsv', '--split', 'a=.5', 'b=.5'], 'o.tsv is one file'),
        (['config.py', 'out', '--split', 'a=x'], '"x" in "a=x" is no number'),
        (['config.py', 'out', '--split', 'a=.5', 'a=.5'], 'takes different names'),
        (['config.py', 'out', '--split', 'a=.9', 'b=.9'], 'sum to 1.8'),
        (['config.py', 'out', '--split', 'a=.5', 'b=.5'], 'share no ground, too few'),
        (['config.py', 'out', '--fraction', '2'], 'must lie in (0, 1]'),
        (['config.py', 'out', '--within', 'gone.tsv'], 'gone.tsv'),
        (
            ['config.py', 'out', '--list-files'],
            'of data/images/0.tif; choose --by scene',
        ),
        (
            ['config.py', 'out', '--list-files', '--by', 'scene'],
            '.tif is not in the layout of list files',
        ),
        (['config.py', 'out', '--block', '3'], 'Blocks are for --split'),
    ],
)
def test_bad_input_is_one_sentence(folder, command, arguments, message):
    error = command(folder, *arguments, ok=False).strip()
    assert message in error and len(error.splitlines()) == 1
    assert not (folder / 'out').exists()


def test_areas_of_a_real_set_stay_whole(imagery, tmp_path, command):
    root = (imagery / 'dubai_aerial').as_posix()
    (tmp_path / 'dubai.py').write_text(
        "custom_imports = dict(imports=['glcnet_mm'])\n"
        'train_dataloader = dict(dataset=dict(\n'
        f"    type='DubaiDataset', data_root='{root}', areas=[1, 2], window=512,\n"
        "    pipeline=[dict(type='LoadRaster')]))\n"
    )
    split = ['--split', 'train=0.7', 'test=0.3', '--stratified']
    told = command(tmp_path, 'dubai.py', 'out', *split)
    assert '18 of 18 scenes do not say where they lie' in told
    found = []
    for part in ('train', 'test'):
        dataset = DubaiDataset(
            root,
            [1, 2],
            window=512,
            pipeline=LOAD,
            sampling=dict(windows_file=str(tmp_path / f'out/{part}.tsv')),
        )
        found.append({dataset.fixed_window(n)[0] for n in range(len(dataset))})
    assert not found[0] & found[1] and len(found[0] | found[1]) == 18
