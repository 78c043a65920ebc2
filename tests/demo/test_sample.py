"""The sample: reproducible, georeferenced, and not to be had by colour alone."""

import numpy as np
import rasterio
from scipy import ndimage
from sklearn.ensemble import RandomForestClassifier

from glcnet_mm.demo.sample import make_sample, make_scene
from glcnet_mm.demo.textures import CLASSES

SMALL = dict(unlabelled=1, train=1, test=1)


def test_same_seed_same_bytes_other_seed_other_scenes(tmp_path):
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        make_sample(tmp_path / name, seed, 160, SMALL)
    files = sorted(p.relative_to(tmp_path / 'a') for p in tmp_path.glob('a/*/*/*.tif'))
    assert len(files) == 5
    for file in files:
        a, b, c = ((tmp_path / n / file).read_bytes() for n in 'abc')
        assert a == b != c
    assert not list(tmp_path.rglob('*.partial*'))


def test_scenes_are_what_the_tools_expect(tmp_path):
    make_sample(tmp_path, 0, 400, SMALL)
    image = rasterio.open(tmp_path / 'train/images/scene_1.tif')
    labels = rasterio.open(tmp_path / 'train/labels/scene_1.tif')
    assert image.count == 4 and image.dtypes[0] == 'uint16' and image.nodata == 0
    assert image.crs == labels.crs and image.transform == labels.transform
    ids = labels.read(1)
    assert set(np.unique(ids)) == {*range(len(CLASSES)), 255}
    outside = (image.read() == 0).all(0)
    assert np.array_equal(outside, ids == 255) and 0.02 < outside.mean() < 0.3
    assert labels.colormap(1)[0][:3] == next(iter(CLASSES.values()))[1]


def features(image, texture):
    """Spectra, or with texture their spread and gradients in a window as well."""
    bands = [band.astype(float) for band in image]
    found = [*bands]
    if texture:
        for band in bands:
            mean = ndimage.uniform_filter(band, 15)
            spread = ndimage.uniform_filter(band**2, 15) - mean**2
            found += [mean, spread.clip(0) ** 0.5]
            for sigma in (1, 2):
                rough = np.abs(ndimage.gaussian_laplace(band, sigma))
                found.append(ndimage.uniform_filter(rough, 15))
    return np.stack(found, -1)


def accuracy(texture):
    scenes = [make_scene(np.random.default_rng([9, i]), 400) for i in range(3)]
    rng, train, test = np.random.default_rng(0), [], []
    for number, (image, labels) in enumerate(scenes):
        known = np.flatnonzero(labels != 255)
        pick = rng.choice(known, 3000, replace=False)
        values = features(image, texture).reshape(labels.size, -1)[pick]
        (test if number == 2 else train).append((values, labels.ravel()[pick]))
    forest = RandomForestClassifier(60, min_samples_leaf=5, random_state=0, n_jobs=1)
    forest.fit(*(np.concatenate(part) for part in zip(*train, strict=True)))
    return forest.score(*test[0])


def test_texture_tells_what_colour_does_not():
    colour, texture = accuracy(False), accuracy(True)
    assert colour < 0.6
    assert texture > colour + 0.15
