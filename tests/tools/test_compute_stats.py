"""Statistics as a user computes them, and a config that reads them."""

import json

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, init_default_scope

import glcnet_mm  # noqa: F401

CONFIG = """
custom_imports = dict(imports=['glcnet_mm'])
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', stats='stats.json'),
    backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels=2),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=8,
                     num_convs=1, num_classes=2))
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images='images', window=16,
    pipeline=[
        dict(type='LoadRaster', bands=[3, 1]),
        dict(type='AugmentWindow', value_range='stats.json',
             photometry=[dict(type='BrightnessContrast')]),
        dict(type='PackWindow')]))
"""


@pytest.fixture
def rasters(tmp_path, write_raster):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(1, 3000, (3, 64, 80), 'uint16') for _ in range(2)]
    for number, array in enumerate(arrays):
        array[2] += 4000
        write_raster(tmp_path / f'images/{number}.tif', array, nodata=0)
    (tmp_path / 'config.py').write_text(CONFIG)
    return tmp_path, np.stack(arrays, 1)


def test_a_config_reads_what_was_computed_from_it(rasters, call_tool, monkeypatch):
    folder, pixels = rasters
    arguments = ['config.py', 'stats.json', '--exact']
    out, end = call_tool('compute_stats.py', folder, *arguments)
    assert end is None
    assert '2 rasters, uint16; every pixel; 10240 valid pixels' in out
    found = json.loads((folder / 'stats.json').read_text())
    assert [band['band'] for band in found['bands']] == [3, 1]
    means = pixels.astype(float).mean((1, 2, 3))
    assert [b['mean'] for b in found['bands']] == pytest.approx(means[[2, 0]])
    monkeypatch.chdir(folder)
    init_default_scope('mmseg')
    config = Config.fromfile('config.py')
    dataset = DATASETS.build(config.train_dataloader.dataset)
    batch = dict(inputs=[dataset[n]['inputs'] for n in range(len(dataset))])
    inputs = MODELS.build(config.model).data_preprocessor(batch)['inputs']
    # Photometry changed them a little, and nothing was clipped away.
    assert inputs.mean((0, 2, 3)).abs().max() < 0.3
    assert (inputs.std((0, 2, 3)) - 1).abs().max() < 0.2


def test_a_sample_of_rasters_or_of_a_config(rasters, call_tool):
    folder, pixels = rasters
    sample = ['--windows', '9', '--seed', '4']
    chosen = ['--images', 'images/0.tif', '--bands', '2']
    assert call_tool('compute_stats.py', folder, 'a.json', *chosen, *sample)[1] is None
    read = json.loads((folder / 'a.json').read_text())['read']
    assert read['bands'] == [2] and read['files'] == 1
    elsewhere = ['--cfg-options', f'train_dataloader.dataset.data_root={folder}']
    assert (
        call_tool(
            'compute_stats.py', folder, 'config.py', 'b.json', *sample, *elsewhere
        )[1]
        is None
    )
    found = json.loads((folder / 'b.json').read_text())
    read = found['read']
    assert read['windows'] == 9 and read['seed'] == 4 and read['window_px'] == 16
    assert read['valid_pixels'] == 9 * 256
    for band, row in zip(found['bands'], (2, 0), strict=True):
        apart = band['mean'] - pixels[row].mean()
        assert abs(apart) < 5 * band['standard_error']


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['none.py', 'o.json'], 'Error: The config none.py does not exist'),
        (['o.json', '--images', 'bad.tif'], 'Error: bad.tif'),
        (['o.json', '--images', 'images', '--bands', '9'], 'Error: images/0'),
        (['o.json', '--images', 'images', '--bands', 'red'], '--bands takes numbers'),
        (['o.json'], 'Error: Give either a config or --images'),
    ],
)
def test_bad_input_is_one_sentence(rasters, call_tool, arguments, message):
    folder = rasters[0]
    (folder / 'bad.tif').write_bytes(b'')
    error = call_tool('compute_stats.py', folder, *arguments)[1]
    assert any(part in error for part in message.split('|'))
    assert len(error.splitlines()) == 1 and not (folder / 'o.json').exists()
