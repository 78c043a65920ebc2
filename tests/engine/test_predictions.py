"""What test.py writes beside its scores, and averaging over flips."""

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from glcnet_mm.launch import average_flips
from glcnet_mm.rasters.raster_io import Window, read_window
from glcnet_mm.visualization import scene_picture

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
    assert total == 2 * 43 * 40
    assert scores['OA'] == pytest.approx(100 * hits / total)


@pytest.mark.parametrize('thinned', [1, 3])
def test_pictures_show_the_errors_of_whole_scenes(
    tmp_path, config, monkeypatch, thinned
):
    """Scenes of four windows, of which the last column and row reach over."""
    monkeypatch.setattr(scene_picture, 'MAX_SIDE_PX', -(-48 // thinned))
    monkeypatch.setattr(scene_picture, 'MIN_SIDE_PX', 128)
    told = []
    describe = scene_picture.SceneCanvas.describe
    monkeypatch.setattr(
        scene_picture.SceneCanvas,
        'describe',
        lambda canvas, name: told.append(describe(canvas, name)) or told[-1],
    )
    config.custom_hooks[1:] = [dict(type='ShowScenesHook', folder=f'{tmp_path}/show')]
    Runner.from_cfg(config).test()
    assert len(told) == 2 and all('s.tif, 40 x 48 px' in text for text in told)
    for area, text in zip('ab', told, strict=True):
        classes = np.full((64, 64), 255, np.uint8)
        for row, col in ((0, 0), (0, 32), (32, 0), (32, 32)):
            with rasterio.open(tmp_path / f'out/{area}/images/s_{row}_{col}.tif') as w:
                classes[row : row + w.height, col : col + w.width] = w.read(1)
        classes = classes[:48, :40]
        truth = rasterio.open(tmp_path / f'data/{area}/masks/s.tif').read(1)
        wrong = (classes != 255) & (truth != classes)
        assert f'{wrong.sum()} of {43 * 40} labelled pixels are wrong' in text
        assert ('shown at 1:3' in text) == (thinned == 3)
        with rasterio.open(tmp_path / f'show/{area}/images/s.png') as picture:
            shown = picture.read([1, 2, 3])
        zoom = 128 // -(-48 // thinned)
        height, width = (zoom * -(-side // thinned) for side in (48, 40))
        left = 12 + 3 * (width + 12)
        panel = shown[:, 54 : 54 + height : zoom, left : left + width : zoom]
        black = np.round(255 * np.array(scene_picture.WRONG))
        found = (np.abs(panel - black[:, None, None]) <= 1).all(0)
        np.testing.assert_array_equal(found, wrong[::thinned, ::thinned])
        left -= width + 12
        panel = shown[:, 54 : 54 + height : zoom, left : left + width : zoom]
        colours = np.array([*PALETTE, *[[255] * 3] * 253])
        np.testing.assert_array_equal(
            panel, colours[classes[::thinned, ::thinned]].transpose(2, 0, 1)
        )
        # A frame shows where a panel ends that is white at its border.
        assert (shown[:, 54 + 3, left - 1] < 240).all()


def test_showing_without_a_display_is_refused(config, monkeypatch):
    monkeypatch.setenv('MPLBACKEND', 'agg')
    config.custom_hooks = [dict(type='ShowPredictionsHook')]
    with pytest.raises(ValueError, match='needs a display'):
        Runner.from_cfg(config)
