import numpy as np
import pytest

from glcnet_mm.mapping.blend_weights import blend_weights
from glcnet_mm.mapping.row_blender import RowBlender
from glcnet_mm.mapping.window_plan import whole_axis, window_starts

SIZES = [(1, 8, 2), (8, 8, 0), (9, 8, 7), (30, 8, 3), (101, 16, 0), (64, 16, 15)]


@pytest.mark.parametrize(('size', 'window', 'overlap'), SIZES)
def test_windows_cover_the_axis_inside_it(size, window, overlap):
    starts = window_starts(size, window, overlap)
    assert starts[0] == 0
    assert starts[-1] == max(size - window, 0)
    steps = np.diff(starts)
    assert (steps > 0).all()
    assert (steps <= window - overlap).all()
    # One window less could not cover the axis with this overlap.
    assert (len(starts) - 1) * (window - overlap) < max(size - overlap, 1)


@pytest.mark.parametrize('overlap', [-1, 8, 9])
def test_overlap_must_leave_a_step(overlap):
    with pytest.raises(ValueError, match='overlap'):
        window_starts(30, 8, overlap)


@pytest.mark.parametrize(('size', 'window', 'overlap'), SIZES)
def test_weights_of_a_pixel_sum_to_one(size, window, overlap):
    starts = window_starts(size, window, overlap)
    weights = blend_weights(size, window, starts)
    total = np.zeros(max(size, window))
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + window] += weight
    np.testing.assert_allclose(total[:size], 1, atol=1e-6)
    assert (total[size:] == 0).all()


def test_a_window_counts_less_towards_its_border():
    weights = blend_weights(24, 16, [0, 8])[0]
    assert (np.diff(weights[8:]) < 0).all()
    np.testing.assert_allclose(weights[:8], 1)


def brute_force(logits, rows, columns, height, width):
    """The same windows summed over the whole scene, weights not normalised before."""
    window = next(iter(logits.values())).shape[1]
    shape = np.sin(np.pi * (np.arange(window) + 0.5) / window) ** 2 + 1e-3
    weight = np.outer(shape, shape)
    big = (height + window, width + window)
    sums, total = np.zeros((3, *big)), np.zeros(big)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            place = np.s_[..., top : top + window, left : left + window]
            sums[place] += logits[i, j] * weight
            total[place] += weight
    return (sums[:, :height, :width] / total[:height, :width]).astype(np.float32)


def run(blender, logits):
    lines = []
    for i in range(len(blender.rows.starts)):
        for j in range(len(blender.columns.starts)):
            blender.add(j, logits[i, j])
        lines.append(blender.finished().copy())
        blender.advance()
    return np.concatenate(lines, axis=1)


@pytest.mark.parametrize(
    ('height', 'width', 'window', 'overlap'),
    [(50, 37, 16, 4), (16, 16, 16, 0), (7, 40, 16, 12), (40, 1, 8, 2), (33, 70, 8, 7)],
)
def test_streamed_blend_equals_brute_force(height, width, window, overlap):
    rows = whole_axis(height, window, overlap)
    columns = whole_axis(width, window, overlap)
    blender = RowBlender(3, rows, columns)
    rng = np.random.default_rng(0)
    logits = {
        (i, j): rng.normal(size=(3, window, window)).astype(np.float32)
        for i in range(len(rows.starts))
        for j in range(len(columns.starts))
    }
    expected = brute_force(logits, rows.starts, columns.starts, height, width)
    np.testing.assert_allclose(run(blender, logits), expected, atol=1e-5)


@pytest.mark.parametrize('overlap', [0, 3, 5, 7])
def test_a_stretch_is_blended_to_the_bit_as_in_the_whole(overlap):
    whole = whole_axis(70, 8, overlap), whole_axis(41, 8, overlap)
    rng = np.random.default_rng(0)
    logits = {
        (top, left): rng.normal(size=(3, 8, 8)).astype(np.float32)
        for top in whole[0].starts
        for left in whole[1].starts
    }

    def blend(rows, columns):
        numbered = {
            (i, j): logits[top, left]
            for i, top in enumerate(rows.starts)
            for j, left in enumerate(columns.starts)
        }
        return run(RowBlender(3, rows, columns), numbered)

    expected = blend(*whole)
    last = [len(axis.starts) for axis in whole]
    for i, j, k, m in [(0, 0, 2, 3), (1, 2, 4, 5), (3, 1, *last), (0, 2, *last)]:
        rows, columns = whole[0].part(i, k), whole[1].part(j, m)
        place = np.s_[:, rows.first : rows.stop, columns.first : columns.stop]
        np.testing.assert_array_equal(blend(rows, columns), expected[place])


def test_memory_is_one_row_of_windows_whatever_the_height():
    columns = whole_axis(200, 16, 4)
    for height in (16, 100, 1_000_000):
        rows = whole_axis(height, 16, 4)
        assert RowBlender(5, rows, columns).sums.shape == (5, 16, 200)
    assert RowBlender(5, whole_axis(3, 16, 4), columns).sums.shape == (5, 3, 200)
