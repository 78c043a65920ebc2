"""What test.py writes beside its scores, and averaging over flips."""

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from glcnet_mm.launch import average_flips
from glcnet_mm.rasters.raster_io import Window, read_window

WINDOW = 32
PALETTE = [[10, 20, 30], [200, 100, 0], [0, 200, 100]]


@pytest.fixture
def config(tmp_path, write_raster):
    """Two rasters of one name in two folders, 40 x 48 px, with nodata and labels."""
    rng = np.random.default_rng(0)
    for area in ('a', 'b'):
        pixels = rng.integers(1, 255, (2, 48, 40)).astype('uint8')
        pixels[:, :5] = 0
        write_raster(tmp_path / f'data/{area}/images/s.tif', pixels, nodata=0)
        labels = rng.integers(0, 3, (48, 40)).astype('uint8')
        write_raster(tmp_path / f'data/{area}/masks/s.tif', labels)
    norm = dict(type='BN')
    return Config(
        dict(
            default_scope='mmseg',
            work_dir=str(tmp_path / 'work'),
            model=dict(
                type='EncoderDecoder',
                data_preprocessor=dict(
                    type='MultiBandPreprocessor', mean=127.5, std=60.0
                ),
                backbone=dict(
                    type='ResNet',
                    depth=18,
                    base_channels=8,
                    in_channels=2,
                    norm_cfg=norm,
                ),
                decode_head=dict(
                    type='FCNHead',
                    in_channels=8,
                    in_index=0,
                    channels=8,
                    num_convs=1,
                    num_classes=3,
                    norm_cfg=norm,
                ),
                test_cfg=dict(mode='whole'),
            ),
            test_cfg=dict(type='TestLoop'),
            test_evaluator=dict(type='ConfusionMatrixMetric'),
            test_dataloader=dict(
                batch_size=3,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dict(
                    type='WindowDataset',
                    images='data/*/images',
                    labels=dict(images='masks'),
                    data_root=str(tmp_path),
                    classes=['one', 'two', 'three'],
                    palette=PALETTE,
                    window=WINDOW,
                    pipeline=[
                        dict(type='LoadRaster'),
                        dict(type='LoadLabel'),
                        dict(type='PackWindow'),
                    ],
                ),
            ),
            custom_hooks=[
                dict(type='SavePredictionsHook', folder=str(tmp_path / 'out')),
                dict(type='ShowPredictionsHook', folder=str(tmp_path / 'show')),
            ],
        )
    )


def probabilities(model, image, valid):
    unit = (torch.from_numpy(image.transpose(2, 0, 1).astype('float32')) - 127.5) / 60
    unit = unit.masked_fill(~torch.from_numpy(valid), 0)
    with torch.no_grad():
        logits = model.eval().encode_decode(unit[None], [dict(img_shape=(32, 32))])
    return logits[0].softmax(0)


def expected(model, path, window, flips):
    """Classes by the definition: flip, predict, flip back, average."""
    image, valid = read_window(str(path), window)
    mean = sum(
        probabilities(
            model, np.flip(image, flip).copy(), np.flip(valid, flip).copy()
        ).flip([1 + axis for axis in flip])
        for flip in flips
    )
    return np.where(valid, mean.argmax(0).numpy(), 255)


@pytest.mark.parametrize('tta', [False, True])
def test_written_windows_are_the_predictions_where_they_belong(tmp_path, config, tta):
    flips = [()]
    if tta:
        average_flips(config)
        flips = [(1,), (0,), ()]
    runner = Runner.from_cfg(config)
    model = runner.model.module if tta else runner.model
    scores = runner.test()
    hits = total = 0
    for area in ('a', 'b'):
        path = tmp_path / f'data/{area}/images/s.tif'
        truth = rasterio.open(tmp_path / f'data/{area}/masks/s.tif').read(1)
        for row, col in ((0, 0), (0, 32), (32, 0), (32, 32)):
            height, width = min(32, 48 - row), min(32, 40 - col)
            window = Window(col, row, WINDOW, WINDOW)
            classes = expected(model, path, window, flips)[:height, :width]
            name = tmp_path / f'out/{area}/images/s_{row}_{col}.tif'
            with rasterio.open(name) as written, rasterio.open(path) as image:
                assert np.array_equal(written.read(1), classes)
                assert written.crs == image.crs
                assert written.xy(0, 0) == pytest.approx(image.xy(row, col))
                assert written.colormap(1)[1][:3] == (200, 100, 0)
            here = truth[row : row + height, col : col + width]
            hits += (here == classes)[classes != 255].sum()
            total += (classes != 255).sum()
            assert (tmp_path / f'show/{area}/images/s_{row}_{col}.png').stat().st_size
    assert total == 2 * 43 * 40
    assert scores['OA'] == pytest.approx(100 * hits / total)


def test_showing_without_a_display_is_refused(config, monkeypatch):
    monkeypatch.setenv('MPLBACKEND', 'agg')
    config.custom_hooks = [dict(type='ShowPredictionsHook', show=True)]
    with pytest.raises(ValueError, match='needs a display'):
        Runner.from_cfg(config)
