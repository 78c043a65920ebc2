import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from rasterio.transform import Affine

import glcnet_mm  # noqa: F401
from glcnet_mm.mapping import Segmentor
from glcnet_mm.rasters.raster_io import Window

CLASSES = ('water', 'field & forest', 'town')
PALETTE = ([0, 0, 255], [0, 200, 0], [200, 30, 30])
CONFIG = dict(
    default_scope='mmseg',
    model=dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='MultiBandPreprocessor', mean=1000, std=500),
        backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels=4),
        decode_head=dict(
            type='FCNHead',
            in_channels=32,
            in_index=3,
            channels=8,
            num_convs=1,
            num_classes=3,
            norm_cfg=dict(type='BN'),
        ),
        test_cfg=dict(mode='whole'),
    ),
    test_dataloader=dict(
        dataset=dict(
            type='WindowDataset',
            images='',
            window=32,
            pipeline=[
                dict(type='LoadRaster'),
                dict(type='LoadLabel'),
                dict(type='PackWindow'),
            ],
        )
    ),
)


@pytest.fixture
def config():
    return Config(CONFIG)


@pytest.fixture
def write_scene(tmp_path):
    """Writes noise with a diagonal border of nodata; returns its path."""

    def write(height=75, width=101, bands=4, name='scene.tif', border=20, **profile):
        rng = np.random.default_rng(height * width)
        pixels = rng.integers(1, 4000, (bands, height, width)).astype(np.uint16)
        rows, columns = np.indices((height, width))
        pixels[:, rows + columns < border] = 0
        given = dict(
            crs='EPSG:32633', transform=Affine(0.5, 0, 4e5, 0, -0.5, 5e6), nodata=0
        )
        given |= profile
        path = str(tmp_path / name)
        with rasterio.open(
            path,
            'w',
            driver='GTiff',
            height=height,
            width=width,
            count=bands,
            dtype='uint16',
            **given,
        ) as file:
            file.write(pixels)
        return path

    return write


@pytest.fixture
def write_checkpoint(tmp_path):
    """Writes weights of a config's model; returns the path."""

    def write(config, name='weights.pth', meta=None):
        init_default_scope('mmseg')
        torch.manual_seed(0)
        model = MODELS.build(config.model)
        if meta is None:
            meta = dict(dataset_meta=dict(classes=CLASSES, palette=PALETTE))
        path = str(tmp_path / name)
        torch.save(dict(meta=meta, state_dict=model.state_dict()), path)
        return path

    return write


@pytest.fixture
def segmentor(config, write_checkpoint):
    return Segmentor(config, write_checkpoint(config), 'cpu', 'float32')


@pytest.fixture
def windows():
    """Three of 64 px, each with its pixels and which of them are valid."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4000, (3, 64, 64, 4)).astype(np.uint16)
    valid = rng.random((3, 64, 64)) < 0.9
    place = Window(0, 0, 64, 64)
    return [(place, *pair) for pair in zip(pixels, valid, strict=True)]
