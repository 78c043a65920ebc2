"""mmseg's own inference on our configs."""

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmseg.apis import MMSegInferencer, inference_model, init_model

from glcnet_mm.apis import for_mmseg
from glcnet_mm.errors import UserError
from tests.small_segmentor import segmentor_config

CONFIG = segmentor_config([4, 3, 1], ['dry', 'wet', 'ice'], 2000, 500, labels=True)


@pytest.fixture
def trained(tmp_path):
    """Config, checkpoint and the model that it holds."""
    (tmp_path / 'config.py').write_text(CONFIG)
    init_default_scope('mmseg')
    model = MODELS.build(Config.fromfile(tmp_path / 'config.py').model).eval()
    torch.nn.init.normal_(model.decode_head.conv_seg.weight)
    meta = dict(dataset_meta=dict(classes=['dry', 'wet', 'ice'], palette=None))
    content = dict(state_dict=model.state_dict(), meta=meta)
    torch.save(content, tmp_path / 'weights.pth')
    return str(tmp_path / 'config.py'), str(tmp_path / 'weights.pth'), model


@pytest.fixture
def scenes(tmp_path, write_raster):
    """Two scenes of four bands, the second with nodata, and their pixels."""
    pixels = np.random.default_rng(0).integers(500, 4000, (2, 4, 96, 80), np.uint16)
    pixels[:, :, :, 40:] //= 2
    pixels[1, :, :30] = 0
    paths = [
        write_raster(tmp_path / f'{number}.tif', scene, nodata=0)
        for number, scene in enumerate(pixels)
    ]
    return paths, pixels


def expected(model, pixels, valid):
    image = (torch.from_numpy(pixels[[3, 2, 0]].astype('float32')) - 2000) / 500
    image = image.masked_fill(~torch.from_numpy(valid), 0)
    with torch.no_grad():
        logits = model.encode_decode(image[None], [dict(img_shape=valid.shape)])
    return logits[0].argmax(0).numpy()


def test_files_and_arrays_take_the_bands_of_the_config(trained, scenes):
    config, weights, model = trained
    paths, pixels = scenes
    by_file = [expected(model, scene, scene.any(0)) for scene in pixels]
    by_array = [expected(model, scene, np.ones_like(scene.any(0))) for scene in pixels]
    assert len(np.unique(by_file)) > 1 and (by_file[1] != by_array[1]).any()
    arrays = [scene.transpose(1, 2, 0) for scene in pixels]
    whole = init_model(for_mmseg(config), weights, device='cpu')
    found = inference_model(whole, paths)
    assert [r.pred_sem_seg.data[0].tolist() for r in found] == np.stack(
        by_file
    ).tolist()
    # mmseg changes the model's pipeline for arrays, for good.
    found = inference_model(whole, arrays[1]).pred_sem_seg.data[0]
    np.testing.assert_array_equal(found, by_array[1])
    inferencer = MMSegInferencer(for_mmseg(config), weights, device='cpu')
    inferencer.show_progress = False  # upstream's has no such argument
    np.testing.assert_array_equal(inferencer(paths)['predictions'], by_file)
    np.testing.assert_array_equal(inferencer(arrays)['predictions'], by_array)


def test_an_image_of_too_few_bands_and_another_gsd_are_refused(trained, tmp_path):
    config, weights, _ = trained
    model = init_model(for_mmseg(config), weights, device='cpu')
    with pytest.raises(UserError, match=r'has 3 bands, .* reads bands \[4, 3, 1\]'):
        inference_model(model, np.ones((64, 64, 3), np.uint8))
    read = Config.fromfile(config)
    read.test_dataloader.dataset.gsd = 2.0
    with pytest.raises(UserError, match='gsd=2.0, which mmseg does not'):
        for_mmseg(read)


def test_the_steps_of_mmseg_stay_what_they_are():
    from mmseg.registry import TRANSFORMS

    for name in ('LoadImageFromFile', 'LoadImageFromNDArray', 'InferencerLoader'):
        assert not TRANSFORMS.get(name).__module__.startswith('glcnet_mm')
