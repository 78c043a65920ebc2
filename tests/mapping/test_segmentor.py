import pickle

import numpy as np
import pytest
import rasterio
import torch
from mmengine.logging import HistoryBuffer
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine

from glcnet_mm.errors import UserError
from glcnet_mm.files import write_json
from glcnet_mm.mapping import Segmentor, map_scene
from glcnet_mm.models.weights.checkpoints import read_checkpoint
from glcnet_mm.rasters.raster_io import Window, raster_info

CLASSES = ['water', 'field & forest', 'town']


def test_names_and_colours_come_from_the_checkpoint(segmentor):
    assert segmentor.classes == CLASSES
    assert segmentor.palette[2] == (200, 30, 30)
    assert segmentor.window_px == 32


def test_names_and_colours_come_from_the_config_else(config, write_checkpoint):
    weights = write_checkpoint(config, meta={})
    plain = Segmentor(config, weights, 'cpu')
    assert plain.classes == ['class 0', 'class 1', 'class 2']
    assert len(set(plain.palette)) == 3
    config.test_dataloader.dataset.update(classes=CLASSES)
    assert Segmentor(config, weights, 'cpu').classes == CLASSES


def test_number_of_names_must_be_that_of_outputs(config, write_checkpoint):
    weights = write_checkpoint(config, meta={})
    config.test_dataloader.dataset.update(classes=['one', 'two'])
    with pytest.raises(ValueError, match='3 outputs but there are 2 class names'):
        Segmentor(config, weights, 'cpu')


def test_data_set_inside_wrappers(config, write_checkpoint):
    dataset = config.test_dataloader.dataset
    config.test_dataloader = dict(
        dataset=dict(type='ConcatDataset', datasets=[dict(dataset=dataset)])
    )
    assert Segmentor(config, write_checkpoint(config), 'cpu').window_px == 32


def test_logits_are_the_models_own(segmentor):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4000, (32, 32, 4)).astype(np.uint16)
    valid = np.ones((32, 32), bool)
    valid[:4] = False
    logits = segmentor('scene.tif', [(Window(0, 0, 32, 32), pixels, valid)])
    image = torch.from_numpy((pixels.astype(np.float32) - 1000) / 500)
    image[:4] = 0
    model = segmentor.model
    with torch.no_grad():
        coarse = model(image.permute(2, 0, 1)[None], mode='tensor')
        fine = torch.nn.functional.interpolate(coarse, (32, 32), mode='bilinear')
    np.testing.assert_allclose(logits, fine.numpy(), atol=1e-5)


def stats_file(path, mean):
    band = dict(mean=mean, std=500, percentiles={'1': mean - 800, '99': mean + 800})
    write_json(path, dict(bands=[band] * 4))
    return str(path)


def test_a_map_needs_no_file_of_statistics(config, write_checkpoint, tmp_path):
    """Neither another one in its place nor its absence changes a trained model."""
    stats = stats_file(tmp_path / 'stats.json', 1000)
    config.model.data_preprocessor = dict(type='MultiBandPreprocessor', stats=stats)
    weights = write_checkpoint(config)
    stats_file(tmp_path / 'stats.json', 7)
    for _ in range(2):
        model = Segmentor(config, weights, 'cpu').model
        assert model.data_preprocessor.mean.flatten().tolist() == [1000] * 4
        assert model.data_preprocessor.std.flatten().tolist() == [500] * 4
        (tmp_path / 'stats.json').unlink(missing_ok=True)
    config.model.data_preprocessor.percentiles = (1, 99)
    assert Segmentor(config, weights, 'cpu').model.data_preprocessor.std[0] == 500


def test_a_checkpoint_without_its_scale_needs_the_file(
    config, write_checkpoint, tmp_path
):
    weights = write_checkpoint(config)
    stats = stats_file(tmp_path / 'stats.json', 1000)
    config.model.data_preprocessor = dict(
        type='MultiBandPreprocessor', stats=stats, percentiles=(1, 99)
    )
    found = Segmentor(config, weights, 'cpu').model.data_preprocessor
    assert found.mean[0] == 1000 and found.std[0] == 500
    (tmp_path / 'stats.json').unlink()
    with pytest.raises(
        FileNotFoundError, match=r'stats.json.*weights.pth does not hold'
    ):
        Segmentor(config, weights, 'cpu')


def test_bands_are_chosen_as_in_the_config(
    config, write_checkpoint, write_scene, tmp_path
):
    config.test_dataloader.dataset.pipeline[0].bands = [4, 3, 2, 6]
    chosen = Segmentor(config, write_checkpoint(config), 'cpu')
    map_scene(chosen, write_scene(bands=6), str(tmp_path / 'map.tif'))
    with pytest.raises(ValueError, match=r'4 bands.* reads bands \[4, 3, 2, 6\]'):
        map_scene(chosen, write_scene(bands=4), str(tmp_path / 'map.tif'))


def test_scene_with_another_number_of_bands(segmentor, write_scene, tmp_path):
    with pytest.raises(ValueError, match='gives 3 bands, .* takes 4: .* by --further'):
        map_scene(segmentor, write_scene(bands=3), str(tmp_path / 'map.tif'))
    with pytest.raises(ValueError, match=r'gives 5 bands, .* takes 4: .* by bands='):
        map_scene(segmentor, write_scene(bands=5), str(tmp_path / 'map.tif'))


def test_scene_of_another_scale(config, write_checkpoint, write_scene, tmp_path):
    config.test_dataloader.dataset.gsd = 0.5
    scaled = Segmentor(config, write_checkpoint(config), 'cpu')
    map_scene(scaled, write_scene(), str(tmp_path / 'map.tif'))
    config.test_dataloader.dataset.gsd = 2.0
    scaled = Segmentor(config, write_checkpoint(config), 'cpu')
    with pytest.raises(ValueError, match=r'pixels of 0\.5 m, but .* at gsd=2: .* 2 2'):
        map_scene(scaled, write_scene(), str(tmp_path / 'other.tif'))


@pytest.mark.parametrize(
    ('place', 'points', 'sentence'),
    [
        (dict(crs=None, transform=None), True,
         'scene.tif has ground control points only, which gsd cannot use; warp it'),
        (dict(crs=None, transform=None), False, 'scene.tif has no CRS, so that'),
        (dict(transform=Affine(0.5, 0, 5e9, 0, -0.5, 5e9)), False,
         'scene.tif lies outside the area of its CRS, EPSG:32633'),
    ],
    ids=['control points', 'no CRS', 'nowhere'],
)  # fmt: skip
def test_with_gsd_a_scene_of_unknown_scale_is_refused(
    config, write_checkpoint, write_scene, tmp_path, place, points, sentence
):
    """As in training; a size that the config declares counts for mapping, too."""
    scene, out = write_scene(**place), tmp_path / 'map.tif'
    if points:
        corners = [(0, 0, 12, 50), (0, 101, 12.1, 50), (75, 0, 12, 49.9)]
        with rasterio.open(scene, 'r+') as file:
            file.gcps = [GroundControlPoint(*at) for at in corners], 'EPSG:4326'
    config.test_dataloader.dataset.gsd = 0.5
    with pytest.raises(UserError, match=sentence):
        map_scene(Segmentor(config, write_checkpoint(config), 'cpu'), scene, str(out))
    assert not out.exists()
    if 'crs' not in place:
        return
    for size, fits in ((0.5, True), (2.0, False)):
        config.test_dataloader.dataset.pixel_size = size
        sized = Segmentor(config, write_checkpoint(config), 'cpu')
        if fits:
            map_scene(sized, scene, str(out))
        else:
            with pytest.raises(UserError, match=r'pixels of 2 m, but .* at gsd=0\.5'):
                sized.check_scene(raster_info(scene))


def test_checkpoint_with_another_number_of_bands(config, write_checkpoint):
    weights = write_checkpoint(config)
    config.model.backbone.in_channels = 3
    with pytest.raises(ValueError, match='4 bands, the config.s model has 3'):
        Segmentor(config, weights, 'cpu')


def test_checkpoint_of_another_model(config, write_checkpoint, tmp_path):
    weights = write_checkpoint(config)
    config.model.decode_head.channels = 6
    with pytest.raises(ValueError, match=r'does not fit .*decode_head\.'):
        Segmentor(config, weights, 'cpu')
    foreign = str(tmp_path / 'foreign.pth')
    torch.save({'layer1.weight': torch.ones(2)}, foreign)
    with pytest.raises(ValueError, match=r'foreign.pth has no weight of .*layer1\.w'):
        Segmentor(config, foreign, 'cpu')


class Harmful:
    def __reduce__(self):
        return eval, ('1 / 0',)


def test_files_that_are_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match='does not exist'):
        read_checkpoint(tmp_path / 'none.pth')
    path = tmp_path / 'bad.pth'
    for content in (b'', b'hello', pickle.dumps(Harmful())):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r'bad\.pth cannot be read safely'):
            read_checkpoint(path)
    torch.save(dict(state_dict=Harmful()), path)
    with pytest.raises(ValueError, match='more than weights'):
        read_checkpoint(path)
    for content in ([1, 2], dict(epoch=3)):
        torch.save(content, path)
        with pytest.raises(ValueError, match='holds no weights'):
            read_checkpoint(path)


def test_truncated_checkpoint(config, write_checkpoint):
    path = write_checkpoint(config)
    content = open(path, 'rb').read()
    open(path, 'wb').write(content[: len(content) // 2])
    with pytest.raises(ValueError, match='damaged'):
        read_checkpoint(path)


def test_training_state_in_a_checkpoint_is_read(tmp_path):
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    content = dict(
        state_dict=dict(w=torch.ones(1)),
        message_hub=dict(log_scalars=dict(loss=history)),
        meta=dict(epoch=1, score=np.float64(2)),
    )
    path = tmp_path / 'epoch_1.pth'
    torch.save(content, path)
    assert read_checkpoint(path).weights['w'] == 1


def test_a_scene_that_is_a_palette_image_or_has_pages(segmentor, write_scene):
    info = raster_info(write_scene(bands=1))
    with pytest.raises(ValueError, match=r'scene.tif is a palette image'):
        segmentor.check_scene(info._replace(form='palette'))
    with pytest.raises(ValueError, match=r'scene.tif has 3 pages of one size'):
        segmentor.check_scene(info._replace(form='3 pages'))
