import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from rasterio.transform import Affine

import glcnet_mm  # noqa: F401

REPOSITORY = Path(__file__).parents[2]
CONFIG = """
default_scope = 'mmseg'
custom_imports = dict(imports=['glcnet_mm'])
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', mean=100, std=50),
    backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels=2),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=8,
                     num_convs=1, num_classes=2),
    test_cfg=dict(mode='whole'))
test_dataloader = dict(dataset=dict(
    type='WindowDataset', images='', window=64, classes=['dry', 'wet'],
    pipeline=[dict(type='LoadRaster', bands=[3, 1]), dict(type='PackWindow')]))
"""


@pytest.fixture
def files(tmp_path):
    """Config, weights and a scene of 3 bands, as the command line wants them."""
    (tmp_path / 'config.py').write_text(CONFIG)
    init_default_scope('mmseg')
    model = MODELS.build(Config.fromfile(tmp_path / 'config.py').model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    pixels = np.random.default_rng(0).integers(0, 255, (3, 150, 333)).astype(np.uint8)
    place = dict(crs='EPSG:32633', transform=Affine(2, 0, 4e5, 0, -2, 5e6))
    with rasterio.open(
        tmp_path / 'scene.tif',
        'w',
        driver='GTiff',
        count=3,
        height=150,
        width=333,
        dtype='uint8',
        **place,
    ) as file:
        file.write(pixels)
    return tmp_path


def command(files, *arguments, **replaced):
    names = dict(scene='scene.tif', out='map.tif', config='config.py')
    names |= dict(checkpoint='weights.pth') | replaced
    paths = {key: str(files / name) for key, name in names.items()}
    return [
        sys.executable,
        str(REPOSITORY / 'tools' / 'predict_scene.py'),
        paths['scene'],
        paths['out'],
        *('--config', paths['config'], '--checkpoint', paths['checkpoint']),
        *('--device', 'cpu', *arguments),
    ]


def start(arguments, cwd):
    environment = os.environ | dict(PYTHONPATH=str(REPOSITORY), OMP_NUM_THREADS='1')
    return subprocess.Popen(
        arguments,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_maps_a_scene(files):
    options = ('--window', '96', '--overlap', '40', '--batch-size', '3')
    process = start(
        command(files, *options, '--probabilities', str(files / 'shares.tif')), files
    )
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert 'Map written' in output
    with (
        rasterio.open(files / 'scene.tif') as scene,
        rasterio.open(files / 'map.tif') as out,
        rasterio.open(files / 'shares.tif') as shares,
    ):
        assert (out.crs, out.transform) == (scene.crs, scene.transform)
        assert out.shape == shares.shape == scene.shape
        assert set(np.unique(out.read())) <= {0, 1}
        assert out.tags(1)['CLASS_1'] == 'wet'
        assert shares.count == 2
        np.testing.assert_allclose(shares.read().sum(0, dtype=int), 250, atol=1)


@pytest.mark.parametrize(
    ('replaced', 'sentence'),
    [
        (dict(out='scene.tif'), 'scene.tif is read for the map'),
        (dict(scene='weights.pth'), 'weights.pth is not a readable raster'),
        (dict(checkpoint='scene.tif'), 'The checkpoint .*scene.tif is damaged'),
    ],
)
def test_bad_input_is_one_sentence(files, replaced, sentence):
    process = start(command(files, **replaced), files)
    _, errors = process.communicate()
    assert process.returncode == 1
    last = errors.strip().splitlines()[-1]
    assert last.startswith('error: ')
    assert 'Traceback' not in errors
    assert re.search(sentence, last)


def test_killed_midway_leaves_no_map(files):
    """Windows of one pixel's step take minutes: the kill comes in the middle."""
    folder = files / 'out'
    folder.mkdir()
    options = ('--window', '64', '--overlap', '63', '--batch-size', '1')
    process = start(command(files, *options, out='out/map.tif'), files)
    deadline = time.time() + 60
    while not list(folder.iterdir()) and time.time() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    names = [path.name for path in folder.iterdir()]
    assert 'map.tif' not in names
    assert all('.part' in name for name in names)
