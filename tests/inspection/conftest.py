"""Configs of both stages on small rasters with which nothing is wrong."""

from pathlib import Path

import numpy as np
import pytest

BASE = (Path(__file__).parents[2] / 'configs/_base_').as_posix()

PRETRAINING = """
_base_ = ['{base}/models/glcnet_r18.py', '{base}/default_runtime.py']
model = dict(
    data_preprocessor=dict(mean=1100.0, std=200.0),
    backbone=dict(in_channels=4),
    local_head=dict(side=12, regions=4),
)
crop = dict(type='CropResize', size=48, area=(0.6, 1.0))
train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        type='WindowDataset',
        images='{folder}/images',
        window=64,
        sampling=dict(num_windows=200),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=(0, 2500),
                views=[
                    dict(geometry=[crop]),
                    dict(
                        geometry=[
                            crop,
                            dict(type='FlipAxes'),
                            dict(type='QuarterTurns', p=1.0),
                        ],
                        photometry=[dict(type='BrightnessContrast')],
                    ),
                ],
            ),
            dict(type='PackViews'),
        ],
    ),
)
"""
FINETUNING = """
_base_ = ['{base}/models/deeplabv3plus_r18.py', '{base}/default_runtime.py']
model = dict(
    data_preprocessor=dict(mean=1100.0, std=200.0),
    backbone=dict(in_channels=4),
    decode_head=dict(num_classes=3),
)
train_dataloader = dict(
    batch_size=2,
    dataset=dict(
        type='WindowDataset',
        images='{folder}/images',
        labels='{folder}/labels',
        classes=['water', 'field', 'town'],
        palette=[(0, 0, 255), (0, 255, 0), (255, 0, 0)],
        window=64,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='LoadLabel'),
            dict(
                type='AugmentWindow',
                geometry=[dict(type='FlipAxes')],
                photometry=[dict(type='BrightnessContrast')],
                value_range=(0, 2500),
            ),
            dict(type='PackWindow'),
        ],
    ),
)
"""


def make_scene(seed, bands=4, side=160):
    """Smooth 16-bit pixels with some noise, no two places alike."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = [
        np.sin(7 * x * (b + 1) + 3 * y) + np.cos(5 * y - b * x) for b in range(bands)
    ]
    return (1100 + 120 * np.array(waves) + rng.normal(0, 30, (bands, side, side))).clip(
        1, 2400
    )


def make_labels(seed, classes=3, side=160):
    blocks = np.random.default_rng(seed).integers(0, classes, (5, 5), 'uint8')
    return blocks.repeat(side // 5, 0).repeat(side // 5, 1)


@pytest.fixture
def scene():
    return make_scene


@pytest.fixture
def labels():
    return make_labels


@pytest.fixture
def folder(tmp_path, write_raster):
    """Two scenes of four bands with labels of three classes, as numbers."""
    for number in range(2):
        pixels = make_scene(number).astype('uint16')
        write_raster(tmp_path / f'images/{number}.tif', pixels, nodata=0)
        write_raster(tmp_path / f'labels/{number}.tif', make_labels(number))
    return tmp_path


@pytest.fixture
def rewrite(folder, write_raster):
    """Writes both scenes anew, through a change of their pixels."""

    def write(change, dtype='uint16', **profile):
        for number in range(2):
            pixels = change(make_scene(number).astype(dtype))
            write_raster(folder / f'images/{number}.tif', pixels, **profile)

    return write


@pytest.fixture
def pretraining(folder):
    path = folder / 'pretraining.py'
    path.write_text(PRETRAINING.format(base=BASE, folder=folder))
    return str(path)


@pytest.fixture
def finetuning(folder):
    path = folder / 'finetuning.py'
    path.write_text(FINETUNING.format(base=BASE, folder=folder))
    return str(path)
