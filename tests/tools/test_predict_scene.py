import re

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from rasterio.transform import Affine

import glcnet_mm  # noqa: F401
from tests.processes import ForkedTool
from tests.small_segmentor import segmentor_config

CONFIG = segmentor_config([3, 1], ['dry', 'wet'])


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
        'predict_scene.py',
        paths['scene'],
        paths['out'],
        *('--config', paths['config'], '--checkpoint', paths['checkpoint']),
        *('--device', 'cpu', *arguments),
    ]


@pytest.fixture
def call(files, call_tool):
    """Maps in this process; what was printed, and the sentence it ended with."""

    def run(*arguments, **replaced):
        name, *given = command(files, *arguments, **replaced)
        return call_tool(name, files, *given)

    return run


def test_maps_a_scene(files, call):
    options = ('--window', '96', '--overlap', '40', '--batch-size', '3')
    output, end = call(*options, '--probabilities', files / 'shares.tif')
    assert end is None
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
        (
            dict(checkpoint='scene.tif'),
            'The checkpoint .*scene.tif cannot be read safely',
        ),
    ],
)
def test_bad_input_is_one_sentence(call, replaced, sentence):
    end = call(**replaced)[1]
    assert end.startswith('Error: ') and len(end.splitlines()) == 1
    assert re.search(sentence, end)


@pytest.fixture
def tall_scene(files):
    """Windows of one pixel's step, 3000 of them, take minutes; 5 pieces."""
    pixels = np.random.default_rng(1).integers(0, 255, (3, 2600, 64)).astype(np.uint8)
    size = dict(count=3, height=2600, width=64, dtype='uint8')
    with rasterio.open(files / 'tall.tif', 'w', driver='GTiff', **size) as file:
        file.write(pixels)
    return 'tall.tif'


def test_killed_midway_goes_on_to_the_same_map(files, call, tall_scene):
    """The kill leaves no map; the second call makes the pieces that are missing."""
    folder = files / 'out'
    folder.mkdir()
    options = ('--window', '64', '--overlap', '60')
    names = dict(scene=tall_scene, out='out/map.tif')
    parts = folder / 'map.tif.parts'
    tool = ForkedTool(
        *command(files, *options, **names), cwd=files, log=files / 'log.txt'
    )
    tool.wait_until(lambda: any(parts.glob('[0-9]*.tif')))
    tool.kill()
    # The lock's file holds nobody up once its process is gone.
    left = ['.map.tif.lock', 'map.tif.parts']
    assert sorted(path.name for path in folder.iterdir()) == left
    finished = len(list(parts.glob('[0-9]*.tif')))
    assert 1 <= finished < 5

    output, end = call(*options, **names)
    assert end is None
    assert f'Going on: {finished} of 5 pieces are there' in output
    made = ['map.qml', 'map.tif', 'map.tif.aux.xml']
    assert sorted(p.name for p in folder.iterdir()) == made

    names['out'] = 'whole.tif'
    assert call(*options, **names)[1] is None
    with rasterio.open(folder / 'map.tif') as resumed:
        with rasterio.open(files / 'whole.tif') as whole:
            np.testing.assert_array_equal(resumed.read(), whole.read())
