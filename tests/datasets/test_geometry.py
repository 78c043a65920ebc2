"""Matrices and warps against numpy and an analytic bilinear sampler."""

import numpy as np
import pytest

from glcnet_mm.datasets.transforms.geometry import (
    CropPixels,
    CropResize,
    FlipAxes,
    QuarterTurns,
    ShiftScale,
    compose,
    warp,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def image(bands, dtype='uint8', size=(40, 50)):
    return rng().integers(0, 250, (*size, bands)).astype(dtype)


def bilinear(pixels, matrix, size):
    """Value at the exact source position of every view pixel, in float64."""
    xs, ys = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    points = np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    x, y, _ = np.linalg.inv(matrix) @ points
    x = x.clip(0, pixels.shape[1] - 1)
    y = y.clip(0, pixels.shape[0] - 1)
    x0 = np.minimum(x.astype(int), pixels.shape[1] - 2)
    y0 = np.minimum(y.astype(int), pixels.shape[0] - 2)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    p = pixels.astype(float)
    top = p[y0, x0] * (1 - fx) + p[y0, x0 + 1] * fx
    low = p[y0 + 1, x0] * (1 - fx) + p[y0 + 1, x0 + 1] * fx
    return (top * (1 - fy) + low * fy).reshape(size[1], size[0], -1)


@pytest.mark.parametrize('bands', [1, 2, 4, 5, 13])
@pytest.mark.parametrize('dtype', ['uint8', 'uint16', 'int16', 'float32'])
def test_warp_equals_a_bilinear_sampler(bands, dtype):
    pixels = image(bands, dtype)
    for seed in range(5):
        matrix, size = compose(
            [CropResize(32), FlipAxes(), QuarterTurns(1.0)],
            (50, 40),
            rng(seed),
            np.eye(3),
        )
        warped = warp(pixels, matrix, size, nearest=False, border=None)
        assert warped.dtype == dtype and warped.shape == (32, 32, bands)
        # OpenCV places samples to 1/32 px; neighbours differ by up to 250.
        error = np.abs(warped - bilinear(pixels, matrix, size))
        assert error.max() <= 250 / 32 + 1 and error.mean() < 2.5


@pytest.mark.parametrize('turns', range(4))
def test_flips_and_quarter_turns_are_exact(turns):
    pixels = image(5)
    part, expected = QuarterTurns(1.0), np.rot90(pixels, -turns)
    seed = next(
        s for s in range(99) if (rng(s).random(), g := rng(s))
        and (g.random(), g.integers(4))[1] == turns
    )  # fmt: skip
    matrix, size = part(np.eye(3), (50, 40), rng(seed))
    assert np.array_equal(warp(pixels, matrix, size, False, 0), expected)
    for probabilities, flipped in (
        ((1, 0, 0), pixels[:, ::-1]),
        ((0, 1, 0), pixels[::-1]),
        ((0, 0, 1), pixels[::-1, ::-1]),
        ((0, 0, 0), pixels),
    ):
        matrix, size = FlipAxes(*probabilities)(np.eye(3), (50, 40), rng())
        assert np.array_equal(warp(pixels, matrix, size, False, 0), flipped)


def test_a_crop_without_resizing_is_exact():
    pixels = image(4)
    matrix, size = CropPixels(16)(np.eye(3), (50, 40), rng())
    x, y = (-matrix[:2, 2]).astype(int)
    assert size == (16, 16)
    assert np.array_equal(
        warp(pixels, matrix, size, False, 0), pixels[y : y + 16, x : x + 16]
    )
    matrix, size = CropPixels(99)(np.eye(3), (50, 40), rng())
    assert size == (50, 40) and np.array_equal(matrix, np.eye(3))


def test_crop_resize_maps_corners_and_keeps_its_ranges():
    part, areas, sides = CropResize(224), [], []
    for seed in range(2000):
        matrix, size = part(np.eye(3), (256, 256), rng(seed))
        assert size == (224, 224)
        # Outer corners of the view in the window, half a pixel beyond the centres.
        corners = np.array([[-0.5, 223.5], [-0.5, 223.5], [1, 1]])
        (x0, x1), (y0, y1), _ = np.linalg.inv(matrix) @ corners
        assert x0 >= -0.5 - 1e-9 and x1 <= 255.5 + 1e-9 and y0 >= -0.5 - 1e-9
        w, h = x1 - x0, y1 - y0
        assert w == pytest.approx(round(w)) and h == pytest.approx(round(h))
        areas.append(w * h / 256**2)
        sides.append(w / h)
    assert min(areas) > 0.39 and max(areas) <= 1 and np.std(areas) > 0.1
    assert 0.74 < min(sides) < 0.8 and 1.25 < max(sides) < 1.35


def test_crop_resize_fall_back_stays_inside_a_narrow_image():
    for seed in range(50):
        matrix, _ = CropResize(32)(np.eye(3), (10, 300), rng(seed))
        x, y, _ = np.linalg.inv(matrix) @ np.array([[-0.5, 31.5], [-0.5, 31.5], [1, 1]])
        assert -0.5 - 1e-9 <= x[0] < x[1] <= 9.5 + 1e-9
        assert -0.5 - 1e-9 <= y[0] < y[1] <= 299.5 + 1e-9


def test_probabilities():
    def kinds(part):
        matrices = [part(np.eye(3), (8, 8), rng(s))[0] for s in range(4000)]
        return [tuple(m[:2, :2].astype(int).ravel()) for m in matrices]

    flips = kinds(FlipAxes())
    share = {k: flips.count(k) / 4000 for k in set(flips)}
    assert share[(1, 0, 0, 1)] == pytest.approx(0.4, abs=0.03)
    assert share[(-1, 0, 0, 1)] == pytest.approx(0.2, abs=0.03)
    assert share[(1, 0, 0, -1)] == pytest.approx(0.2, abs=0.03)
    turns = kinds(QuarterTurns(0.8))
    assert turns.count((1, 0, 0, 1)) / 4000 == pytest.approx(0.4, abs=0.03)
    assert turns.count((0, -1, 1, 0)) / 4000 == pytest.approx(0.2, abs=0.03)
    with pytest.raises(ValueError, match='above 1'):
        FlipAxes(0.5, 0.5, 0.5)


def test_shift_scale_keeps_its_ranges():
    for seed in range(300):
        matrix, _ = ShiftScale(p=1.0)(np.eye(3), (100, 100), rng(seed))
        centre = matrix @ np.array([49.5, 49.5, 1])
        shift = centre[:2] - 49.5
        assert np.allclose(shift, shift.round()) and np.abs(shift).max() <= 10
        sx, sy = matrix[0, 0], matrix[1, 1]
        assert 0.9 <= (sx * sy) ** 0.5 <= 1.1 and 0.9 <= sx / sy <= 1.1


def test_two_views_of_one_point_have_one_value():
    """The matrices of two views lead from a pixel to the same place."""
    ys, xs = np.mgrid[:64, :64].astype('float32')
    ramp = np.stack([xs, ys], -1)
    parts = [CropResize(48), FlipAxes(), QuarterTurns(1.0)]
    for seed in range(10):
        g = rng(seed)
        (first, size), (second, _) = (
            compose(parts, (64, 64), g, np.eye(3)) for _ in range(2)
        )
        a, b = (warp(ramp, m, size, False, None) for m in (first, second))
        point = second @ np.linalg.inv(first) @ np.array([24, 20, 1])
        x, y = point[:2].round().astype(int)
        if 1 <= x < 47 and 1 <= y < 47:
            step = np.abs(np.linalg.inv(second)[:2, :2]).sum()
            assert np.abs(a[20, 24] - b[y, x]).max() <= 0.5 * step + 0.1
