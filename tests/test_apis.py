import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

from glcnet_mm.apis import Segmentor
from glcnet_mm.errors import UserError

from .small_segmentor import segmentor_config

CONFIG = segmentor_config([3, 1], ['dry', 'wet'])


@pytest.fixture
def segmentor(tmp_path, scene):
    (tmp_path / 'config.py').write_text(CONFIG)
    init_default_scope('mmseg')
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(tmp_path / 'config.py').model)
    # Both classes are to be seen.
    torch.nn.init.normal_(model.decode_head.conv_seg.weight)
    image = model.data_preprocessor.normalise(torch.from_numpy(scene[1][None, [2, 0]]))
    with torch.no_grad():
        logits = model.eval().decode_head(model.extract_feat(image))
        model.decode_head.conv_seg.bias -= logits.mean((0, 2, 3))
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    return Segmentor(str(tmp_path / 'config.py'), str(tmp_path / 'weights.pth'), 'cpu')


@pytest.fixture
def scene(tmp_path, write_raster):
    pixels = np.random.default_rng(0).integers(1, 255, (3, 150, 210)).astype(np.uint8)
    pixels[:, :, 100:] //= 8
    pixels = pixels.clip(1)
    pixels[:, :40, :70] = 0
    return str(write_raster(tmp_path / 'scene.tif', pixels, nodata=0)), pixels


def test_an_array_is_classified_as_its_scene_is_mapped(segmentor, scene, tmp_path):
    path, pixels = scene
    segmentor.map(path, str(tmp_path / 'map.tif'))
    with rasterio.open(tmp_path / 'map.tif') as file:
        expected = file.read(1)
    valid = pixels.any(0)
    assert len(np.unique(expected)) == 3
    for image in (pixels, np.moveaxis(pixels, 0, -1), torch.from_numpy(pixels)):
        np.testing.assert_array_equal(segmentor.predict(image, valid=valid), expected)
    # Without validity everything counts as data.
    assert 255 not in segmentor.predict(pixels)


def test_probabilities_sum_to_1_and_agree_with_the_classes(segmentor, scene):
    _, pixels = scene
    valid = pixels.any(0)
    shares = segmentor.predict(pixels, valid=valid, probabilities=True)
    classes = segmentor.predict(pixels, valid=valid)
    assert shares.shape == (2, 150, 210)
    assert np.isnan(shares[:, ~valid]).all()
    np.testing.assert_allclose(shares[:, valid].sum(0), 1, atol=1e-5)
    np.testing.assert_array_equal(shares.argmax(0)[valid], classes[valid])


@pytest.mark.parametrize(
    ('image', 'options', 'message'),
    [
        (np.zeros((9, 9, 9)), {}, 'set bands_first'),
        (np.zeros((2, 40, 40)), {}, 'bands'),
        (np.zeros((3, 40, 40), np.float16), {}, 'float16'),
        (np.zeros((3, 40, 40)), dict(valid=np.ones((40, 41), bool)), '40 x 40'),
        ([1, 2], {}, 'got list'),
    ],
)
def test_what_is_no_image_is_one_sentence(segmentor, image, options, message):
    with pytest.raises(UserError, match=message):
        segmentor.predict(image, **options)
