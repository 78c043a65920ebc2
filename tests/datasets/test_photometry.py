"""Photometry against closed forms, in every band count and dtype."""

import colorsys

import numpy as np
import pytest

from glcnet_mm.datasets.transforms.photometry import (
    BlurBands,
    BrightnessContrast,
    CopyBand,
    HueSaturationValue,
    PhotometryGroup,
    PixelNoise,
    _wrapped,
    apply_photometry,
)
from glcnet_mm.datasets.transforms.speckle import GainSpeckle


def rng(seed=0):
    return np.random.default_rng(seed)


def unit(bands, size=24, seed=0):
    return rng(seed).random((size, size, bands)).astype('float32')


def test_hue_wraps_around_the_circle():
    """Red shifted by -60 degrees is magenta, not green."""
    red = np.zeros((2, 2, 3), 'float32')
    red[..., 0] = 1
    part = HueSaturationValue(hue=60, saturation=0, value=0, p=1)
    for seed in range(50):
        shift = rng(seed)
        shift.random()
        angle = shift.uniform([-60, 0, 0], [60, 0, 0])[0] % 360
        found = part(red, rng(seed))[0, 0]
        expected = colorsys.hsv_to_rgb(angle / 360, 1, 1)
        assert np.allclose(found, expected, atol=1e-4)


def test_hue_touches_its_bands_only():
    pixels = unit(5)
    shifted = HueSaturationValue(bands=(3, 1, 0), p=1)(pixels, rng())
    assert np.array_equal(shifted[..., [2, 4]], pixels[..., [2, 4]])
    assert not np.allclose(shifted[..., [0, 1, 3]], pixels[..., [0, 1, 3]])


@pytest.mark.parametrize('b, expected', [(0.8, 0.4), (1.0, 0.5), (1.2, 0.6)])
def test_brightness_scales_down_and_blends_with_white(b, expected):
    pixels = np.full((2, 2, 3), 0.5, 'float32')
    found = BrightnessContrast((b, b), (1, 1))(pixels, rng())
    assert np.allclose(found, expected)
    assert np.allclose(BrightnessContrast((b, b), (1.5, 1.5))(pixels, rng()),
                       min(1.5 * expected, 1))  # fmt: skip


def test_contrast_clips_and_bands_are_respected():
    pixels = unit(4)
    found = BrightnessContrast((0.5, 0.5), (1, 1), bands=[3])(pixels, rng())
    assert np.array_equal(found[..., :3], pixels[..., :3])
    assert np.allclose(found[..., 3], 0.5 * pixels[..., 3])
    assert BrightnessContrast((1, 1), (5, 5))(pixels, rng()).max() == 1


def test_noise_changes_the_share_it_says():
    pixels = unit(4, 200)
    changed = PixelNoise(0.01)(pixels, rng()) != pixels
    assert changed.mean() == pytest.approx(0.01, rel=0.15)
    only = PixelNoise(0.05, bands=[2])(pixels, rng()) != pixels
    assert only[..., 2].mean() == pytest.approx(0.05, rel=0.15)
    assert only.sum() == only[..., 2].sum()


def test_copy_band_copies_one_of_the_bands():
    pixels = unit(4)
    found = CopyBand(1.0)(pixels, rng())
    band = next(i for i in range(4) if np.array_equal(found[..., 0], pixels[..., i]))
    assert all(np.array_equal(found[..., i], pixels[..., band]) for i in range(4))


@pytest.mark.parametrize(
    'part', [CopyBand(1.0, [0, 2]), BlurBands(p=1.0, bands=[0, 2])]
)
def test_a_group_of_bands_is_changed_alone(part):
    pixels = unit(4)
    found = part(pixels, rng())
    assert np.array_equal(found[..., [1, 3]], pixels[..., [1, 3]])
    assert not np.array_equal(found[..., [0, 2]], pixels[..., [0, 2]])
    whole = type(part)(p=1.0)(pixels[..., [0, 2]], rng())
    assert np.allclose(found[..., [0, 2]], whole)


SAR = [1, 2]


@pytest.mark.parametrize(
    'domain, span', [('intensity', None), ('amplitude', None), ('decibels', 40.0)]
)
def test_gain_and_speckle_multiply_the_intensity(domain, span):
    """In each domain, back in intensities: a gain, gamma noise of L looks, no more."""

    def unit_of(intensity):
        if domain == 'decibels':  # black is -40 dB, white 0 dB
            return 1 + 10 * np.log10(intensity) / span
        return intensity**0.5 if domain == 'amplitude' else intensity

    def intensity_of(values):
        if domain == 'decibels':
            return 10 ** ((values - 1) * span / 10)
        return values**2 if domain == 'amplitude' else values

    intensity = rng(3).uniform(0.01, 0.2, (300, 300, 4))
    pixels = unit_of(intensity).astype('float32')
    part = GainSpeckle(SAR, domain, span, gain=(3, 3), looks=4, p=1)
    found = part(pixels, rng())
    assert np.array_equal(found[..., [0, 3]], pixels[..., [0, 3]])
    factor = intensity_of(found[..., SAR].astype(float)) / intensity[..., SAR]
    factor /= 10**0.3
    assert factor.mean() == pytest.approx(1, abs=0.01)
    assert factor.var() == pytest.approx(1 / 4, rel=0.03)
    # Skewness of a gamma distribution, which a normal one would not have.
    skew = ((factor - 1) ** 3).mean() / factor.std() ** 3
    assert skew == pytest.approx(2 / 4**0.5, abs=0.05)
    assert abs(np.corrcoef(factor[..., 0].ravel(), factor[..., 1].ravel())[0, 1]) < 0.02


def test_one_gain_is_drawn_for_all_sar_bands():
    part = GainSpeckle(SAR, 'intensity', gain=(-6, 6), looks=1e6, p=1)
    pixels = np.full((40, 40, 3), 0.1, 'float32')
    gains = []
    for seed in range(200):
        found = part(pixels, rng(seed))[..., SAR].mean((0, 1)) / 0.1
        assert found[0] == pytest.approx(found[1], rel=1e-3)
        gains.append(10 * np.log10(found[0]))
    assert -6 <= min(gains) < -5 and 5 < max(gains) <= 6


def test_speckle_that_makes_no_sense_is_refused():
    for arguments, text in [
        (dict(domain='power'), 'domain is one of'),
        (dict(domain='decibels'), 'span, the decibels'),
        (dict(domain='amplitude', span=20.0), 'belongs to the domain'),
        (dict(domain='amplitude', looks=0), 'looks must be positive'),
    ]:
        with pytest.raises(ValueError, match=text):
            GainSpeckle(SAR, **arguments)


@pytest.mark.parametrize('side, sigma', [(3, 0.8), (5, 1.1), (7, 1.4)])
def test_blur_is_a_gaussian_of_the_known_width(side, sigma):
    pixels = np.zeros((15, 15, 5), 'float32')
    pixels[7, 7] = 1
    found = BlurBands([side], 1.0)(pixels, rng())
    x = np.arange(side) - side // 2
    kernel = np.exp(-(x**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    half = side // 2
    inner = found[7 - half : 8 + half, 7 - half : 8 + half]
    assert np.allclose(inner, np.outer(kernel, kernel)[..., None], atol=0.02)
    assert BlurBands([3], 1.0)(unit(1), rng()).shape == (24, 24, 1)


@pytest.mark.parametrize(
    'part, p',
    [
        (CopyBand(0.1), 0.1),
        (BlurBands(p=0.5), 0.5),
        (PhotometryGroup([dict(type='CopyBand', p=1.0)], p=0.3), 0.3),
    ],
)
def test_probabilities(part, p):
    pixels = unit(3, 8)
    hits = [part(pixels, rng(s)) is not pixels for s in range(1500)]
    assert np.mean(hits) == pytest.approx(p, abs=0.04)


CHAIN = [
    BrightnessContrast((0.5, 1.5), (0.5, 1.5)),
    PixelNoise(0.01),
    CopyBand(0.5),
    BlurBands(),
]


@pytest.mark.parametrize('bands', [1, 2, 4, 13])
@pytest.mark.parametrize(
    'dtype, limits',
    [
        ('uint8', (0, 255)),
        ('uint16', (0, 10000)),
        ('int16', (-50, 3000)),
        ('float32', (-30.0, 5.0)),
    ],
)
def test_dtype_and_range_survive(bands, dtype, limits):
    pixels = rng().uniform(*limits, (16, 16, bands)).astype(dtype)
    for seed in range(10):
        found = apply_photometry(CHAIN, pixels, limits, rng(seed))
        assert found.dtype == dtype and found.shape == pixels.shape
        assert found.min() >= limits[0] and found.max() <= limits[1]
        assert np.ptp(found.astype(float)) > 0.1 * (limits[1] - limits[0])
        again = apply_photometry(CHAIN, pixels, limits, rng(seed))
        assert np.array_equal(found, again)


def test_nothing_to_do_leaves_every_value():
    pixels = rng().integers(0, 65535, (8, 8, 2)).astype('uint16')
    still = [BlurBands(p=0.0)]
    assert apply_photometry([], pixels, (0, 100), rng()) is pixels
    assert np.array_equal(apply_photometry(still, pixels, (0, 65535), rng()), pixels)


@pytest.mark.parametrize('hue', [60, 180, 359])
def test_angles_wrap_to_the_bit_as_by_division(hue):
    rounded = np.float32([0, -1e-9, 360, 359.99997, -360, 720 - 1e-4, 180])
    drawn = rng().uniform(-hue, 360 + hue, 10_000).astype('float32')
    for angles in (rounded, drawn):
        expected = angles % np.float32(360)
        expected[expected >= 360] = 0
        np.testing.assert_array_equal(_wrapped(angles.copy()), expected)


@pytest.mark.parametrize('dtype', ['uint8', 'float32'])
def test_every_operation_is_given_bands_that_lie_by_themselves(dtype):
    seen = []

    def look(image, _):
        seen.append(image.transpose(2, 0, 1).flags.c_contiguous)
        return image

    parts = [part for operation in CHAIN for part in (look, operation)]
    pixels = (100 * unit(4)).astype(dtype)
    found = apply_photometry([*parts, look], pixels, (0, 100), rng())
    assert all(seen) and found.transpose(2, 0, 1).flags.c_contiguous


@pytest.mark.parametrize('part', [BlurBands(p=1), PixelNoise(0.1), CopyBand(1)])
def test_the_layout_in_memory_changes_no_bit(part):
    pixels = unit(3, size=23)
    apart = pixels.transpose(2, 0, 1).copy().transpose(1, 2, 0)
    np.testing.assert_array_equal(part(pixels, rng()), part(apart, rng()))


@pytest.mark.parametrize('bands', [1, 3, 4, 5, 13])
def test_planes_are_those_of_all_bands_at_once(bands):
    pixels, draws = unit(bands), rng(2)
    gain, white = np.ones((2, bands), np.float32)
    for band in range(bands):
        b, contrast = draws.uniform(0.5, 1.5), draws.uniform(0.8, 1.2)
        gain[band] = (b if b <= 1 else 2 - b) * contrast
        white[band] = max(0.0, b - 1) * contrast
    found = BrightnessContrast((0.5, 1.5), (0.8, 1.2))(pixels, rng(2))
    np.testing.assert_array_equal(found, (pixels * gain + white).clip(0, 1))
