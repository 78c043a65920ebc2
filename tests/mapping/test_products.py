import numpy as np
import pytest
import rasterio
from scipy.special import softmax
from scipy.stats import entropy

from glcnet_mm.mapping import map_scene
from glcnet_mm.mapping.products import entropy_of


def test_entropy_is_the_share_of_the_most_there_can_be():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (5, 7, 9)).astype(np.float32)
    expected = entropy(softmax(logits, axis=0), axis=0) / np.log(5)
    found = entropy_of(logits)[0]
    assert abs(found / 250 - expected).max() <= 0.5 / 250 + 1e-6
    assert (entropy_of(np.zeros((4, 2, 2), np.float32)) == 250).all()
    sure = np.zeros((3, 1, 2), np.float32)
    sure[1] = 200
    assert (entropy_of(sure) == 0).all()


def test_entropy_of_a_map(segmentor, write_scene, tmp_path):
    scene = write_scene(border=40)
    names = [str(tmp_path / name) for name in ('c.tif', 'p.tif', 'e.tif')]
    map_scene(segmentor, scene, *names)
    with rasterio.open(names[1]) as shares, rasterio.open(names[2]) as file:
        probabilities = shares.read() * shares.scales[0]
        found = file.read(1)
        assert (file.descriptions, file.nodata) == (('entropy',), 255)
        scale = file.scales[0]
    valid = found != 255
    rows, columns = np.indices(valid.shape)
    np.testing.assert_array_equal(valid, rows + columns >= 40)
    expected = entropy(probabilities, axis=0) / np.log(3)
    assert abs(found * scale - expected)[valid].max() < 0.01


@pytest.mark.parametrize('kind', ['probabilities', 'entropy'])
def test_an_output_alone_beside_the_map(segmentor, write_scene, tmp_path, kind):
    path = str(tmp_path / 'other.tif')
    map_scene(segmentor, write_scene(), str(tmp_path / 'c.tif'), **{kind: path})
    with rasterio.open(path) as file:
        assert file.count == (3 if kind == 'probabilities' else 1)
