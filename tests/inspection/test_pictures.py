"""Contrast, hatching, class bars and thumbnails: what is seen is what is there."""

import shutil

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling

from glcnet_mm.inspection import thumbnails
from glcnet_mm.inspection.bands import INVALID, choose_renderings, render
from glcnet_mm.inspection.drawing import (
    class_figure,
    place_figure,
    short_path,
    value_figure,
)
from glcnet_mm.inspection.thumbnails import thumbnail
from glcnet_mm.rasters.raster_io import Window
from glcnet_mm.visualization.figures import stretch, stretch_limits


def test_invalid_pixels_take_no_contrast():
    image = np.random.default_rng(0).normal(-15, 3, (40, 40, 2)).astype('float32')
    valid = np.ones((40, 40), bool)
    valid[:, :10] = False
    alone = stretch(image[:, 10:])
    image[~valid] = 0  # as the reader leaves them: 5 deviations above the data
    assert np.allclose(stretch(image, valid)[:, 10:], alone)
    assert not np.allclose(stretch(image)[:, 10:], alone)
    nothing = stretch(image, np.zeros((40, 40), bool))
    assert np.isfinite(nothing).all()


def test_noise_is_not_blown_up():
    image = np.random.default_rng(0).normal(50, 1, (40, 40, 1))
    low, high = stretch_limits(image, least=40)
    assert high - low == pytest.approx(40)
    assert np.ptp(stretch(image, limits=(low, high))) < 0.3


def test_invalid_pixels_are_striped_in_colours_of_no_data():
    valid = np.ones((48, 48), bool)
    valid[:20] = False
    shown = render(np.full((48, 48, 1), 7, 'uint8'), valid, [0])
    found = {tuple(colour) for colour in shown[:20].reshape(-1, 3)}
    assert found == set(INVALID)
    assert not {tuple(c) for c in shown[20:].reshape(-1, 3)} & found


def test_bands_are_those_of_the_raster():
    assert choose_renderings([1], None)[0] == ('band 1', [0])
    assert [r.channels for r in choose_renderings([1, 2], None)] == [[0], [1]]
    assert choose_renderings(list(range(1, 14)), None)[0].channels == [0, 1, 2]
    # LoadRaster(bands=[4, 3, 2, 8]) makes band 4 the first channel.
    chosen = choose_renderings([4, 3, 2, 8], [8, 4, 3])
    assert chosen == [('bands 8, 4, 3', [3, 0, 1])]
    with pytest.raises(ValueError, match=r'band 1, but \[4, 3, 2, 8\] are read'):
        choose_renderings([4, 3, 2, 8], [1])
    with pytest.raises(ValueError, match='one to three bands, got 4'):
        choose_renderings([1, 2, 3, 4], [1, 2, 3, 4])


def test_class_bars_show_shares_and_mark_absent_classes():
    palette = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    figure = class_figure([0.75, 0.0, 0.25], ['a', 'b', 'c'], palette)
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == [75, 0, 25]
    texts = [text.get_text().strip() for text in figure.axes[0].texts]
    assert texts == ['75.0%', 'absent', '25.0%']


def test_histograms_hold_all_values_and_the_value_range():
    values = np.random.default_rng(0).normal(0, 1, (5000, 2)) + (10, 2000)
    figure = value_figure(values, ['band 1', 'band 2'], (0, 255))
    counts = [sum(bar.get_height() for bar in axis.patches) for axis in figure.axes]
    assert min(counts) > 4970
    assert [len(axis.lines) for axis in figure.axes] == [2, 2]
    assert figure.axes[1].get_xlim()[0] > 1900  # the lines do not squeeze the data


def test_a_thumbnail_is_the_raster_made_small(tmp_path, write_raster):
    row, column = np.mgrid[:300, :600]
    pixels = np.stack([row, column]).astype('uint16') + 1
    pixels[:, :100] = 0
    path = write_raster(tmp_path / 'a.tif', pixels, nodata=0)
    image, valid = thumbnail(path, [2, 1], side=60)
    assert image.shape == (30, 60, 2)
    assert not valid[:10].any() and valid[10:].all()
    expected = pixels[::-1, 5::10, 5::10].transpose(1, 2, 0)
    assert abs(image.astype(int) - expected)[10:].max() <= 10


def test_a_large_raster_is_not_decoded(tmp_path, write_raster, monkeypatch):
    row, column = np.mgrid[:480, :960]
    pixels = (row + column).astype('uint16') + 1
    pixels[:, 480:] = 0
    path = write_raster(
        tmp_path / 'a.tif', pixels, nodata=0, tiled=True, blockxsize=16, blockysize=16
    )
    monkeypatch.setattr(thumbnails, 'MAX_READ', 1000)
    image, valid = thumbnail(path, [1])
    assert image.shape == (12, 24, 1)
    assert valid[:, :12].all() and not valid[:, 12:].any()
    assert np.array_equal(image[:, :12, 0], pixels[20::40, 20:480:40])
    other = shutil.copy(path, tmp_path / 'b.tif')
    with rasterio.open(other, 'r+') as target:
        target.build_overviews([4, 8], Resampling.nearest)
    assert max(thumbnail(str(other), [1])[0].shape) == 360


def test_windows_are_boxed_where_they_lie(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', np.ones((1, 200, 300), 'uint8'))
    windows = [(Window(96, 32, 64, 64), '1'), (Window(250, 150, 64, 64), '')]
    figure = place_figure({path: windows}, {path: (300, 200)}, [1])
    boxes = [p.get_xy()[:4].mean(0).tolist() for p in figure.axes[0].patches]
    assert boxes == [[281.5, 181.5], [127.5, 63.5]]
    assert [text.get_text() for text in figure.axes[0].texts] == ['1']


def test_titles_name_whole_folders():
    assert short_path('a/b.tif') == 'a/b.tif'
    long = f'/data/{"x" * 40}/scenes/2020.tif'
    assert short_path(long) == '…/scenes/2020.tif'
    end = short_path(f'/data/{"x" * 60}_2020.tif')
    assert len(end) == 48 and end.startswith('…xx') and end.endswith('x_2020.tif')
