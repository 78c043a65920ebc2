"""Statistics against numpy in float64, on files of every type and layout."""

import json
import re

import numpy as np
import pytest

from glcnet_mm.datasets.raster_index import RasterIndex, read_infos
from glcnet_mm.inspection import moments
from glcnet_mm.inspection import statistics_sample as pieces
from glcnet_mm.inspection.band_statistics import PERCENTILES, band_statistics
from glcnet_mm.inspection.moments import Moments, Percentiles
from glcnet_mm.inspection.statistics_tool import compute_stats, table
from glcnet_mm.rasters.sources import find_rasters


def index(*paths, window=32):
    return RasterIndex(read_infos([str(p) for p in paths]), window)


def column(found, name):
    return [band[name] for band in found['bands']]


def pixels(dtype, seed=0, shape=(2, 90, 70), offset=0, spread=300):
    values = np.random.default_rng(seed).normal(offset, spread, shape)
    if np.dtype(dtype).kind in 'iu':
        limits = np.iinfo(dtype)
        return np.rint(values).clip(limits.min, limits.max).astype(dtype)
    return values.astype(dtype)


TYPES = [
    ('uint8', 100, 40),
    ('uint16', 60000, 3),
    ('int16', -200, 400),
    ('int32', -2_000_000_000, 50),
    ('uint32', 3_000_000_000, 50),
    ('float32', 1e6, 0.5),
    ('float32', -12, 4),
    ('float32', 0, 1),
    ('float64', -12, 4),
]


@pytest.mark.parametrize('dtype, offset, spread', TYPES)
def test_every_type_equals_numpy(
    tmp_path, write_raster, monkeypatch, dtype, offset, spread
):
    """In many small reads, which must be merged without losing digits."""
    monkeypatch.setattr(pieces, 'READ_VALUES', 2048)
    arrays = [
        pixels(dtype, seed, (2, 90, 70 + seed), offset, spread) for seed in (0, 1)
    ]
    paths = [write_raster(tmp_path / f'{i}.tif', a) for i, a in enumerate(arrays)]
    found = band_statistics(index(*paths))
    whole = np.concatenate([a.reshape(2, -1) for a in arrays], 1).astype('float64')
    assert found['read']['valid_pixels'] == whole.shape[1]
    assert np.allclose(column(found, 'mean'), whole.mean(1), rtol=1e-8)
    assert np.allclose(column(found, 'std'), whole.std(1), rtol=1e-7)
    rtol = 1e-8  # Nine digits are written.
    assert np.allclose(column(found, 'min'), whole.min(1), rtol)
    assert np.allclose(column(found, 'max'), whole.max(1), rtol)
    for p in PERCENTILES:
        expected = np.percentile(whole, p, axis=1, method='inverted_cdf')
        values = [band['percentiles'][str(p)] for band in found['bands']]
        assert np.allclose(values, expected, rtol=rtol), p


def test_merging_keeps_the_digits_of_large_values():
    """Naive sums of squares would give any number here."""
    rng = np.random.default_rng(0)
    parts = [1e9 + rng.normal(0, 1, (1, 200)) for _ in range(500)]
    merged = Moments(2, 1)
    for number, part in enumerate(parts):
        merged.add(number % 2, part)
    count, mean, std = merged.total()
    whole = np.concatenate(parts, 1)
    assert count == 100_000
    assert mean[0] - 1e9 == pytest.approx((whole - 1e9).mean(), rel=1e-3)
    assert std[0] == pytest.approx((whole - 1e9).std(), rel=1e-6)


def test_percentiles_of_wide_types_are_those_of_a_fair_sample(monkeypatch):
    monkeypatch.setattr(moments, 'KEPT', 2000)
    wanted = np.array([0, 0.1, 5, 50, 95, 99.9, 100])
    # In rising order: a draw that favoured early or late pixels would show.
    values = np.sort(np.random.default_rng(0).standard_cauchy((1, 60_000)))
    values = np.concatenate([values, -values]).astype('float32')

    def found(step):
        counted = Percentiles(2, values.dtype, wanted)
        for start in range(0, values.shape[1], step):
            counted.add(values[:, start : start + step])
        assert counted.kept.shape == (2, 2000)
        return counted.values()

    first = found(7000)
    assert np.array_equal(first, found(7000))
    assert np.array_equal(first[[0, -1]], [values.min(1), values.max(1)])
    for band in (0, 1):
        ranks = np.searchsorted(np.sort(values[band]), first[1:-1, band]) / 60_000
        share = wanted[1:-1] / 100
        error = np.sqrt(share * (1 - share) / 2000)
        assert (abs(ranks - share) < 4 * error + 1e-3).all()
    assert first[3, 0] == pytest.approx(-first[3, 1], abs=1e-3)


@pytest.mark.parametrize(
    'layout',
    [
        dict(tiled=True, blockxsize=16, blockysize=32),
        dict(blockysize=7),
        dict(blockysize=90, compress='deflate'),
        dict(interleave='band', compress='lzw'),
    ],
)
@pytest.mark.parametrize('values', [100, 1000, 1 << 22])
def test_each_pixel_is_read_once(tmp_path, write_raster, monkeypatch, layout, values):
    monkeypatch.setattr(pieces, 'READ_VALUES', values)
    infos = read_infos([write_raster(tmp_path / 'a.tif', pixels('uint8'), **layout)])
    counts = np.zeros((90, 70), int)
    for scene, window in pieces.choose_pieces(RasterIndex(infos, 8), None, 0, None, 2)[
        0
    ]():
        counts[
            window.row : window.row + window.height,
            window.col : window.col + window.width,
        ] += 1
        assert window.width * window.height * 2 <= values and scene == 0
        assert window.row + window.height <= 90 and window.col + window.width <= 70
    assert (counts == 1).all()


def test_invalid_pixels_do_not_count(tmp_path, write_raster):
    data = pixels('float32', offset=-12, spread=3)
    data[0, :20] = np.nan
    data[1, 30:40, :5] = -9999
    path = write_raster(tmp_path / 'a.tif', data, nodata=-9999)
    found = band_statistics(index(path))
    good = np.isfinite(data[0]) & (data[1] != -9999)
    assert found['read']['valid_pixels'] == good.sum()
    assert found['read']['valid_share'] == pytest.approx(good.mean())
    assert np.allclose(column(found, 'mean'), data[:, good].astype('f8').mean(1))
    assert column(found, 'min') == pytest.approx(data[:, good].min(1))


def test_bands_come_in_the_order_asked_for(tmp_path, write_raster):
    data = pixels('uint8', shape=(3, 40, 40), offset=90, spread=20)
    path = write_raster(tmp_path / 'a.tif', data)
    found = band_statistics(index(path), bands=[3, 1])
    assert column(found, 'band') == [3, 1]
    assert np.allclose(column(found, 'mean'), data[[2, 0]].mean((1, 2)))
    with pytest.raises(ValueError, match=r'a.tif has 3 bands .* \[4\]'):
        band_statistics(index(path), bands=[4])


def test_a_sample_tells_how_far_off_it_is(tmp_path, write_raster):
    """The true error over many draws is what the standard error says."""
    rng = np.random.default_rng(0)
    smooth = rng.normal(1000, 200, (1, 20, 20)).repeat(20, 1).repeat(20, 2)
    data = (smooth + rng.normal(0, 20, smooth.shape)).astype('uint16')
    rasters = index(write_raster(tmp_path / 'a.tif', data), window=20)
    draws = [band_statistics(rasters, windows=40, seed=s) for s in range(40)]
    first = draws[0]
    assert first == band_statistics(rasters, windows=40, seed=0) != draws[1]
    assert first['read']['mode'] == 'random windows' and first['read']['seed'] == 0
    errors = [column(d, 'mean')[0] - data.mean() for d in draws]
    told = np.mean([column(d, 'standard_error')[0] for d in draws])
    assert 0.6 < np.std(errors) / told < 1.6
    # As if pixels were independent, it would be far too small.
    assert told > 5 * data.std() / np.sqrt(40 * 400)


def test_few_pixels_are_all_read(tmp_path, write_raster):
    rasters = index(write_raster(tmp_path / 'a.tif', pixels('uint8')), window=32)
    found = band_statistics(rasters, windows=7)
    assert found['read']['mode'] == 'every pixel'
    assert found['read']['valid_pixels'] == 90 * 70
    assert column(found, 'standard_error') == [None, None]
    assert band_statistics(rasters, windows=6)['read']['mode'] == 'random windows'


def test_odd_bands_are_told_in_words(tmp_path, write_raster):
    data = np.random.default_rng(0).integers(1, 5000, (5, 64, 64), 'uint16')
    data[1] = 7
    data[2] = data[2] % 100
    data[3] = np.where(data[3] > 2500, 65535, 0)
    data[4] = 0
    found = band_statistics(index(write_raster(tmp_path / 'a.tif', data, nodata=0)))
    assert [note.split(';')[0] for note in found['notes']] == [
        'Band 2 is constant, 7 everywhere',
        'Band 3 uses few of the values of uint16, 0 to 99',
        'Band 4 holds only 0 and 65535, as an alpha channel or a mask does',
        'Band 5 is empty, with nothing but its nodata value, 0 everywhere',
    ]
    assert column(found, 'std')[1] == 0
    assert 'Note: Band 2 is constant' in table(found)


def odd(kind, bands):
    """One oddity of all bands: constant, a mask, or few values."""
    data = np.random.default_rng(0).integers(1, 5000, (bands, 64, 64), 'uint16')
    if kind == 'constant':
        return data * 0 + 7
    if kind == 'constant, each another':
        return data * 0 + np.arange(bands, dtype='uint16')[:, None, None] + 7
    if kind == 'mask, each another':
        highs = np.arange(bands, dtype='uint16')[:, None, None] + 100
        return np.where(data > 2500, highs, 0).astype('uint16')
    if kind == 'mask':
        return np.where(data > 2500, 65535, 0).astype('uint16')
    # The last band has a few values more.
    span = np.where(np.arange(bands) == bands - 1, 120, 100)[:, None, None]
    return (data % span).astype('uint16') + 1


@pytest.mark.parametrize('bands', [3, 130])
@pytest.mark.parametrize(
    'kind, what',
    [
        ('constant', 'are constant, 7 everywhere'),
        (
            'constant, each another',
            'are constant, each at a value of its own from 7 to',
        ),
        ('mask', 'hold only 0 and 65535, as an alpha channel or a mask does'),
        (
            'mask, each another',
            r'hold only 0 and one other value \(100 to (102|229)\),',
        ),
        ('few', r'use few of the values of uint16, at most 1 to 120 \(band (3|130)\)'),
    ],
)
def test_what_is_odd_in_all_bands_is_said_once(
    tmp_path, write_raster, bands, kind, what
):
    path = write_raster(tmp_path / 'a.tif', odd(kind, bands), interleave='pixel')
    notes = band_statistics(index(path))['notes']
    told = [note for note in notes if 'of every band' not in note]
    assert len(told) == 1, notes
    assert re.match(f'Bands 1 to {bands} {what}', told[0])
    assert re.search('leave them (out of bands|without contrast)', told[0])


def test_empty_bands_are_named_together(tmp_path, write_raster):
    data = np.zeros((9, 64, 64), 'uint16')
    data[8] = np.random.default_rng(0).integers(1, 5000, (64, 64))
    path = write_raster(tmp_path / 'a.tif', data, nodata=0)
    (note,) = band_statistics(index(path))['notes']
    assert note == (
        'Bands 1 to 8 are empty, with nothing but their nodata value, 0 everywhere; '
        'leave them out of bands.'
    )


def test_rasters_of_another_scale_are_named(tmp_path, write_raster):
    paths = []
    for number in range(6):
        data = pixels('float32', number, offset=3000, spread=900)
        scale = 1e-4 if number == 4 else 1
        paths.append(
            write_raster(tmp_path / f's{number}.tif', data * np.float32(scale))
        )
    notes = band_statistics(index(*paths))['notes']
    assert len(notes) == 1 and 's4.tif is far from the others: band 1' in notes[0]
    data = pixels('float32', 4, offset=3100, spread=500)
    paths[4] = write_raster(tmp_path / 'dark.tif', data)
    assert band_statistics(index(*paths))['notes'] == []
    data = pixels('uint16', 1, offset=3000, spread=900)
    paths[1] = write_raster(tmp_path / 'short.tif', data)
    assert (
        'different types, float32, uint16' in band_statistics(index(*paths))['notes'][0]
    )


def test_rasters_without_valid_pixels_are_named(tmp_path, write_raster):
    data = pixels('float32', shape=(3, 40, 40))
    good = write_raster(tmp_path / 'good.tif', data)
    data[1] = np.nan
    bad = write_raster(tmp_path / 'bad.tif', data)
    notes = band_statistics(index(good, bad))['notes']
    assert any('1 raster has no valid pixel' in n and 'bad.tif' in n for n in notes)
    with pytest.raises(ValueError, match=r'Bands \[2\] of .*bad.tif .* bands=\[1, 3\]'):
        band_statistics(index(bad))


def test_files_that_cannot_be_used_are_named(tmp_path, write_raster):
    wave = write_raster(tmp_path / 'slc.tif', pixels('float32').astype('complex64'))
    with pytest.raises(ValueError, match='slc.tif holds complex values'):
        band_statistics(index(wave))
    path = write_raster(tmp_path / 'cut.tif', pixels('uint8'), compress='deflate')
    rasters = index(path)
    content = bytearray(open(path, 'rb').read())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    open(path, 'wb').write(content)
    with pytest.raises(ValueError, match='cut.tif'):
        band_statistics(rasters)


def test_arguments_are_checked_before_reading(tmp_path):
    settings = dict(config=None, images=['x'], bands=None, windows=5, seed=0)
    for changes, message in [
        (dict(out='o.txt'), r'o.txt: the statistics are a .json file'),
        (dict(config='c.py'), 'either a config or --images'),
        (dict(images=None), 'either a config or --images'),
        (dict(windows=0), '--windows must be at least 2'),
        (dict(images=None, config='c.py', bands='1'), '--bands is for --images'),
        (dict(images=None, config='c.py'), 'config c.py does not exist'),
        (dict(images=['nowhere']), 'nowhere does not exist'),
    ]:
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            compute_stats(**{'out': 'o.json', **settings, **changes})


def test_real_sar_in_decibels(imagery):
    """Negative float32, whose extremes are far from its bulk."""
    paths = find_rasters(str(imagery / 'sen1floods11_chip/S1'))
    found = band_statistics(index(*paths))
    json.dumps(found, allow_nan=False)
    for band in found['bands']:
        assert -60 < band['min'] < band['percentiles']['0.1'] < band['mean'] < 0
    exact = column(found, 'mean')
    sample = band_statistics(index(*paths, window=64), windows=30)
    errors = column(sample, 'standard_error')
    for mean, other, error in zip(exact, column(sample, 'mean'), errors, strict=True):
        assert abs(mean - other) < 4 * error


def test_real_nodata_does_not_pull_the_mean_down(imagery):
    path = imagery / 'large_scenes/cog_nodata.tif'
    found = band_statistics(index(path))
    assert 0.4 < found['read']['valid_share'] < 0.6
    assert found['bands'][0]['min'] > 1
