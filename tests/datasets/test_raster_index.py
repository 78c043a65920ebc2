"""Window arithmetic against listing all windows."""

from bisect import bisect_right
from itertools import accumulate

import numpy as np
import pytest

from glcnet_mm.datasets.raster_index import RasterIndex, read_infos
from glcnet_mm.rasters.raster_io import RasterInfo


def info(width, height, name='x'):
    return RasterInfo(name, width, height, 3, 'uint8', None, None, None, False)


SIZES = [(100, 60), (32, 32), (20, 90), (65, 33)]


@pytest.mark.parametrize('stride', [32, 20])
def test_grid_covers_every_pixel_once_listed(stride):
    index = RasterIndex([info(*size) for size in SIZES], 32, stride)
    expected = []
    for scene, (width, height) in enumerate(SIZES):
        cols = [0]
        while cols[-1] + 32 < width:
            cols.append(cols[-1] + stride)
        rows = [0]
        while rows[-1] + 32 < height:
            rows.append(rows[-1] + stride)
        expected += [(scene, col, row) for row in rows for col in cols]
    found = [(s, w.col, w.row) for s, w in (index[i] for i in range(len(index)))]
    assert found == expected
    with pytest.raises(IndexError):
        index[len(index)]


def test_random_windows_stay_inside_and_follow_the_area():
    index = RasterIndex([info(132, 132), info(232, 132)], 32)
    rng = np.random.default_rng(0)
    scenes = []
    for _ in range(3000):
        scene, window = index.random_window(rng)
        width = index.infos[scene].width
        assert 0 <= window.col <= width - 32 and 0 <= window.row <= 100
        scenes.append(scene)
    assert np.mean(scenes) == pytest.approx(201 / 302, abs=0.03)


def test_bands_must_agree(tmp_path, write_raster):
    a = write_raster(tmp_path / 'a.tif', np.zeros((3, 8, 8), 'uint8'))
    b = write_raster(tmp_path / 'b.tif', np.zeros((4, 8, 8), 'uint8'))
    with pytest.raises(ValueError, match=r'b.tif has 4 bands but .*a.tif has 3'):
        read_infos([a, b])


def test_bad_window_is_refused():
    with pytest.raises(ValueError, match='at least 1 px, got 0'):
        RasterIndex([info(8, 8)], 0)


def test_more_windows_than_memory_could_list():
    rng = np.random.default_rng(0)
    sizes = rng.integers(20, 10980, (20_000, 2)).tolist()
    index = RasterIndex([info(*size) for size in sizes], 96, 24)
    grid = [tuple(1 + -(-max(n - 96, 0) // 24) for n in size) for size in sizes]
    ends = list(accumulate(cols * rows for cols, rows in grid))
    assert len(index) == ends[-1] > 10**9
    for number in (0, len(index) - 1, *rng.integers(len(index), size=500).tolist()):
        scene = bisect_right(ends, number)
        row, col = divmod(number - (ends[scene - 1] if scene else 0), grid[scene][0])
        assert index[number] == (scene, (col * 24, row * 24, 96, 96))


def test_positions_are_counted_without_overflow():
    index = RasterIndex([info(10**5, 10**5)] * 2000, 1, 1)
    assert len(index) == 2 * 10**13
    assert index[len(index) - 1] == (1999, (10**5 - 1, 10**5 - 1, 1, 1))
    rng = np.random.default_rng(0)
    scenes = [index.random_window(rng)[0] for _ in range(2000)]
    assert np.mean(scenes) == pytest.approx(999.5, abs=50)
