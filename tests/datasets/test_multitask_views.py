"""The distorted and the transformed image of a view, and their ground truth."""

import numpy as np
import pytest
import torch

from glcnet_mm.datasets.transforms import ColourJitter, GreyBands
from glcnet_mm.datasets.transforms.geometry import warp
from glcnet_mm.datasets.transforms.multitask import (
    NAMES,
    DistortBlock,
    TransformView,
    transform_matrix,
)

# What numpy does to (H, W, C), in the order of the class numbers.
BY_NUMPY = [
    np.fliplr,
    np.flipud,
    *(lambda image, k=k: np.rot90(image, k) for k in range(4)),
]


def sample(seed=0, size=(12, 12), bands=5, dtype='uint16'):
    rng = np.random.default_rng(seed)
    image = rng.integers(100, 4000, (*size, bands)).astype(dtype)
    view = dict(img=image, valid=rng.random(size) > 0.1, homography=np.eye(3))
    return dict(rng=np.random.default_rng(seed), views=[view], value_range=(0, 4000))


@pytest.mark.parametrize('number', range(6), ids=NAMES)
def test_every_transform_is_numpys_and_its_inverse_recovers_the_image(number):
    image = np.random.default_rng(0).integers(0, 255, (7, 10, 3), 'uint8')
    expected = BY_NUMPY[number](image)
    matrix = transform_matrix(number, (10, 7))
    size = expected.shape[1::-1]
    assert np.array_equal(warp(image, matrix, size, False, None), expected)
    back = warp(expected, np.linalg.inv(matrix), (10, 7), False, None)
    assert np.array_equal(back, image)


def test_the_six_numbers_are_named_right_and_equally_likely():
    transform, counts = TransformView(geometry=[], photometry=[]), np.zeros(6)
    for seed in range(300):
        results = transform(sample(seed))
        first, second = results['views']
        number = int(results['targets']['transform'])
        counts[number] += 1
        assert np.array_equal(second['img'], BY_NUMPY[number](first['img']))
        assert np.array_equal(second['valid'], BY_NUMPY[number](first['valid']))
        x, y, _ = second['homography'] @ (3, 5, 1)
        assert np.array_equal(second['img'][round(y), round(x)], first['img'][5, 3])
    assert counts.min() > 30


def test_a_distorted_block_is_a_permutation_of_itself_and_the_rest_is_kept():
    transform, sides, changed = DistortBlock(photometry=[]), set(), 0
    for seed in range(200):
        results = transform(sample(seed, size=(30, 40)))
        first, second = results['views']
        block = results['targets']['block'].numpy()
        ys, xs = np.nonzero(block)
        inside = np.s_[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        assert block[inside].all() and block[inside].shape[0] == len(np.unique(xs))
        sides.add(block[inside].shape[0])
        assert np.array_equal(second['img'][~block], first['img'][~block])
        own = first['img'][inside]
        found = [
            n
            for n in range(6)
            if np.array_equal(second['img'][inside], BY_NUMPY[n](own))
        ]
        # Turning by 0 is no distortion.
        assert len(found) == 1 and found != [2]
        assert np.array_equal(
            second['valid'][inside], BY_NUMPY[found[0]](first['valid'][inside])
        )
        changed += found[0] < 2
    assert min(sides) >= 6 and max(sides) <= 10 and len(sides) >= 4
    assert 70 < changed < 130


def test_the_colours_of_a_block_change_inside_only():
    jitter = dict(type='ColourJitter', rgb=None)
    results = DistortBlock(photometry=[jitter])(sample(3))
    first, second = results['views']
    block = results['targets']['block'].numpy()
    assert not np.array_equal(
        np.sort(second['img'][block], 0), np.sort(first['img'][block], 0)
    )
    assert np.array_equal(second['img'][~block], first['img'][~block])


def test_jitter_moves_colours_together_and_other_bands_alone():
    pixels = np.random.default_rng(0).random((8, 8, 5), 'float32') * 0.2 + 0.4
    settings = dict(contrast=(1, 1), saturation=(1, 1), hue=0)
    jitter = ColourJitter(rgb=(0, 1, 2), **settings)
    factors = jitter(pixels, np.random.default_rng(0)) / pixels
    assert np.ptp(factors, (0, 1)) == pytest.approx(0, abs=1e-3)
    means = factors.mean((0, 1))
    assert np.ptp(means[:3]) < 1e-3 and np.ptp(means[2:]) > 0.01
    assert ((means > 0.7) & (means < 1.3)).all()
    alone = ColourJitter(rgb=None, **settings)(pixels, np.random.default_rng(0))
    assert np.ptp((alone / pixels).mean((0, 1))[:3]) > 0.01


@pytest.mark.parametrize(('setting', 'axis'), [('contrast', None), ('saturation', -1)])
def test_contrast_and_saturation_keep_mean_and_grey(setting, axis):
    pixels = np.random.default_rng(0).random((8, 8, 3), 'float32') * 0.2 + 0.4
    fixed = dict(brightness=(1, 1), contrast=(1, 1), saturation=(1, 1), hue=0)
    jitter = ColourJitter(**{**fixed, setting: (0.5, 0.5)})
    changed = jitter(pixels, np.random.default_rng(0))
    assert changed.mean() == pytest.approx(pixels.mean(), abs=1e-4)
    after, before = (x - x.mean(axis, keepdims=True) for x in (changed, pixels))
    assert np.allclose(after, before / 2, atol=2e-3)


def test_grey_leaves_infrared_alone_and_drops_a_band_where_there_is_no_colour():
    pixels = np.random.default_rng(0).random((4, 4, 4), 'float32')
    grey = GreyBands(p=1)(pixels, np.random.default_rng(0))
    assert np.array_equal(grey[..., 3], pixels[..., 3])
    assert (
        np.allclose(grey[..., 0], pixels[..., :3].mean(-1))
        and (grey[..., 0] == grey[..., 2]).all()
    )
    dropped = GreyBands(rgb=None, p=1)(pixels, np.random.default_rng(0))
    flat = [bool(np.ptp(dropped[..., band]) == 0) for band in range(4)]
    assert sum(flat) == 1
    band = flat.index(True)
    assert dropped[0, 0, band] == pytest.approx(pixels[..., band].mean())


def test_targets_of_both_steps_are_kept():
    results = TransformView([], [])(DistortBlock(photometry=[])(sample()))
    assert set(results['targets']) == {'block', 'transform'}
    assert len(results['views']) == 3
    assert results['targets']['block'].dtype == torch.bool


def test_views_of_two_sizes_are_refused():
    crop = dict(type='CropResize', size=8)
    with pytest.raises(ValueError, match='view has 12x12 px .* transformed one 8x8'):
        TransformView([crop], [])(sample())
