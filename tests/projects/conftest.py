"""Generated folders as users have them."""

import numpy as np
import pytest
from rasterio.transform import from_origin

CRS = 'EPSG:32633'


def place(column):
    """Where the scene of a number lies: apart from all others, 2 m a pixel."""
    return from_origin(500000 + 1000 * column, 5400000, 2, 2)


@pytest.fixture
def write_scenes(write_raster):
    """Writes scenes whose left half differs from the right; returns their paths."""

    def write(folder, names, size=64, bands=3):
        rng = np.random.default_rng(0)
        paths = []
        for number, name in enumerate(names):
            pixels = rng.integers(20, 90, (bands, size, size), np.uint8)
            pixels[:, :, size // 2 :] += 100
            where = place(number)
            paths.append(write_raster(folder / name, pixels, transform=where))
        return paths

    return write


@pytest.fixture
def write_halves(write_raster):
    """Writes labels of two values, one of each half; returns their paths."""

    def write(folder, names, values=(10, 30), size=64, **profile):
        halves = np.full((size, size), values[0], np.uint8)
        halves[:, size // 2 :] = values[1]
        return [
            write_raster(folder / name, halves, transform=place(n), **profile)
            for n, name in enumerate(names)
        ]

    return write
