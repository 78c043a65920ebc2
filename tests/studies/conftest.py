"""A small study on real rasters."""

from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study_file(request, tmp_path, write_raster):
    """Three scenes whose classes differ in texture, and a study file beside them.

    Three bands, or as many as a test asks for.
    """
    bands = getattr(request, 'param', 3)
    rng = np.random.default_rng(0)
    for number in range(3):
        labels = rng.integers(0, 3, (5, 5), 'uint8').repeat(32, 0).repeat(32, 1)
        stripes = np.indices(labels.shape).sum(0) % 4 < 2
        pixels = 120 + rng.normal(0, 8, (bands, *labels.shape))
        pixels += np.where(labels == 1, 60 * (stripes - 0.5), 0)
        pixels += np.where(labels == 2, 50, 0)
        write_raster(tmp_path / f'images/{number}.tif', pixels.astype('uint8'))
        write_raster(tmp_path / f'labels/{number}.tif', labels)
    path = tmp_path / 'study.py'
    path.write_text(f"""
labels = dict(
    type='WindowDataset',
    labels='{tmp_path}/labels',
    classes=['plain', 'rows', 'bright'],
    palette=[(0, 0, 0), (200, 0, 0), (250, 250, 250)],
    window=32,
)
data = dict(
    labelled=dict(images=['{tmp_path}/images/[01].tif'], **labels),
    test=dict(images='{tmp_path}/images/2.tif', **labels),
    unlabelled=dict(
        type='WindowDataset',
        images='{tmp_path}/images',
        window=48,
        sampling=dict(num_windows=64),
    ),
)
# Maps of 32 px have 2 x 2 cells.
small = {{
    'model.backbone.base_channels': 8,
    'model.backbone.dilations': (1, 1, 1, 1),
    'model.neck.decode_head.dilations': (1, 1, 1, 1),
    'model.neck.decode_head.in_channels': 64,
    'model.neck.decode_head.channels': 16,
    'model.neck.decode_head.c1_in_channels': 8,
    'model.global_head.in_channels': 16,
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'train_dataloader.dataset.pipeline.1.views.0.geometry.0.size': 32,
    'train_dataloader.dataset.pipeline.1.views.1.geometry.0.size': 32,
}}
local = {{'model.local_head.in_channels': 16, 'model.local_head.side': 8}}
methods = {{
    'Random': dict(),
    'SimCLR': dict(config='configs/simclr/simclr_r18_small_sample.py', options=small),
    'GLCNet': dict(
        config='configs/glcnet/glcnet_r18_small_sample.py',
        options={{**small, **local}},
    ),
}}
fractions = [0.1, 1.0]
seeds = [0, 1]
pretraining = dict(iterations=6, batch_size=8)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    iterations=10,
    batch_size=4,
    pretrained_lr=0.5,
    options={{
        'model.backbone.base_channels': 8,
        'model.backbone.dilations': (1, 1, 1, 1),
        'model.decode_head.dilations': (1, 1, 1, 1),
        'model.decode_head.in_channels': 64,
        'model.decode_head.channels': 16,
        'model.decode_head.c1_in_channels': 8,
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'test_dataloader.num_workers': 0,
    }},
)
panels = 2
work_dir = '{tmp_path}/out'
""")
    return path


@pytest.fixture
def change(study_file):
    """Adds lines to the study file; returns its path."""

    def add(text):
        study_file.write_text(f'{study_file.read_text()}\n{text}\n')
        return study_file

    return add
