import numpy as np
import pytest
import torch
from scipy.special import softmax

from glcnet_mm.mapping import Ensemble, Segmentor, load_model, map_scene
from glcnet_mm.mapping.ensemble import SYMMETRIES, turn, turn_back


def test_the_eight_symmetries_differ_and_are_undone():
    image = np.arange(4 * 25).reshape(5, 5, 4)
    turned = [turn(image, *symmetry) for symmetry in SYMMETRIES]
    assert len({array.tobytes() for array in turned}) == 8
    for array, symmetry in zip(turned, SYMMETRIES, strict=True):
        back = turn_back(array.transpose(2, 0, 1)[None], *symmetry)
        np.testing.assert_array_equal(back[0], image.transpose(2, 0, 1))
    flips = {array.tobytes() for array in turned[:4]}
    expected = [image, image[::-1], image[:, ::-1], image[::-1, ::-1]]
    assert flips == {array.tobytes() for array in expected}


@pytest.mark.parametrize('orientations', [4, 8])
def test_probabilities_are_averaged_over_orientations(segmentor, windows, orientations):
    mean = 0
    for quarters, mirrored in SYMMETRIES[:orientations]:
        turned = [
            (place, turn(p, quarters, mirrored), turn(v, quarters, mirrored))
            for place, p, v in windows
        ]
        shares = softmax(np.stack(segmentor('scene', turned)), axis=1)
        shares = shares[..., ::-1] if mirrored else shares
        mean = mean + np.rot90(shares, -quarters, axes=(2, 3)) / orientations
    found = softmax(Ensemble([segmentor], orientations)('scene', windows), axis=1)
    np.testing.assert_allclose(found, mean, atol=1e-6)


def test_turning_the_scene_turns_the_probabilities(segmentor, windows):
    """With all eight symmetries, a property that the network alone lacks."""
    model = Ensemble([segmentor], 8)
    place, pixels, valid = windows[0]
    straight = softmax(model('scene', [(place, pixels, valid)]), axis=1)
    quarter = [(place, np.rot90(pixels), np.rot90(valid))]
    turned = softmax(model('scene', quarter), axis=1)
    np.testing.assert_allclose(turned, np.rot90(straight, axes=(2, 3)), atol=5e-6)
    alone = softmax(np.stack(segmentor('scene', quarter)), axis=1)
    plain = softmax(np.stack(segmentor('scene', windows[:1])), axis=1)
    assert abs(alone - np.rot90(plain, axes=(2, 3))).max() > 1e-4


@pytest.fixture
def two(config, write_checkpoint):
    paths = [write_checkpoint(config, f'{i}.pth') for i in range(2)]
    content = torch.load(paths[1], weights_only=False)
    for tensor in content['state_dict'].values():
        if tensor.is_floating_point():
            tensor *= 1.5
    torch.save(content, paths[1])
    return paths


def test_probabilities_are_averaged_over_checkpoints(config, two, windows):
    members = [Segmentor(config, path, 'cpu') for path in two]
    each = [softmax(np.stack(member('s', windows)), axis=1) for member in members]
    found = softmax(load_model(config, two, 'cpu')('s', windows), axis=1)
    assert abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(found, (each[0] + each[1]) / 2, atol=1e-6)


def test_an_ensemble_maps_a_scene(config, two, write_scene, tmp_path):
    model = load_model(config, two, 'cpu', 4)
    done = map_scene(model, write_scene(), str(tmp_path / 'map.tif'))
    assert 'written' in done
    assert isinstance(load_model(config, two[:1], 'cpu'), Segmentor)


def test_models_of_other_classes_are_refused(config, write_checkpoint):
    meta = dict(dataset_meta=dict(classes=('water', 'ice', 'town')))
    paths = [
        write_checkpoint(config, 'one.pth'),
        write_checkpoint(config, 'other.pth', meta),
    ]
    with pytest.raises(ValueError, match=r'other\.pth has the classes .*ice'):
        load_model(config, paths, 'cpu')
