"""Files of statistics in the places that read them."""

import numpy as np
import pytest
import torch

from glcnet_mm.datasets.raster_index import RasterIndex, read_infos
from glcnet_mm.datasets.transforms import AugmentWindow, MakeViews, StandardiseViews
from glcnet_mm.files import write_json
from glcnet_mm.inspection.band_statistics import band_statistics
from glcnet_mm.models.preprocessor import MultiBandPreprocessor
from glcnet_mm.stats_file import read_statistics

SCALES = np.array([[10.0, 3.0], [4000.0, 900.0], [-12.0, 4.0]])


@pytest.fixture
def pixels():
    """Three bands of very different ranges, ``(H, W, C)`` float32."""
    values = np.random.default_rng(0).normal(size=(80, 80, 3))
    return (values * SCALES[:, 1] + SCALES[:, 0]).astype('float32')


@pytest.fixture
def stats(tmp_path, write_raster, pixels):
    path = write_raster(tmp_path / 'a.tif', pixels.transpose(2, 0, 1))
    write_json(
        tmp_path / 'stats.json',
        band_statistics(RasterIndex(read_infos([path]), 16)),
    )
    return str(tmp_path / 'stats.json')


def batch(pixels):
    return dict(inputs=torch.from_numpy(pixels.transpose(2, 0, 1))[None])


def test_the_preprocessor_takes_mean_and_std_of_the_file(stats, pixels):
    part = MultiBandPreprocessor(mean=127.5, std=79.7, stats=stats)
    found = part(batch(pixels))['inputs'].double()
    assert torch.allclose(found.mean((0, 2, 3)), torch.zeros(3).double(), atol=1e-4)
    assert torch.allclose(found.std((0, 2, 3)), torch.ones(3).double(), atol=1e-3)


def test_percentiles_become_the_range_of_the_paper(stats, pixels):
    part = MultiBandPreprocessor(stats=stats, percentiles=(1, 99))
    found = part(batch(pixels))['inputs'].numpy()[0]
    for band in found:
        low, high = np.percentile(band, (1, 99), method='inverted_cdf')
        assert (low, high) == pytest.approx((-1.6, 1.6), abs=1e-4)
        assert band.max() > 1.7 and band.min() < -1.7
    clipped = MultiBandPreprocessor(stats=stats, percentiles=(1, 99), clip=1.6)
    assert np.allclose(
        clipped(batch(pixels))['inputs'].numpy()[0], found.clip(-1.6, 1.6)
    )


def test_figures_of_a_file_travel_in_the_checkpoint(stats, tmp_path):
    trained = MultiBandPreprocessor(stats=stats)
    assert set(trained.state_dict()) == {'mean', 'std'}
    content = read_statistics(stats)
    assert trained.mean.flatten().tolist() == pytest.approx(content.mean)
    # Figures in a config are not stored: a checkpoint could contradict the config.
    assert MultiBandPreprocessor(mean=1.0, std=2.0).state_dict() == {}


def test_photometry_clips_each_band_to_its_own_range(stats, pixels):
    brighter = [
        dict(type='BrightnessContrast', brightness=(1.2, 1.2), contrast=(1.3, 1.3))
    ]
    for part in (
        AugmentWindow(photometry=brighter, value_range=stats),
        MakeViews([dict(photometry=brighter)], value_range=stats),
    ):
        results = dict(
            raster_path='a.tif',
            img=pixels,
            valid=np.ones((80, 80), bool),
            rng=np.random.default_rng(0),
        )
        results = part.transform(results)
        image = results['views'][0]['img'] if 'views' in results else results['img']
        for band in range(3):
            low, high = np.percentile(
                pixels[..., band], (0.1, 99.9), method='inverted_cdf'
            )
            assert image[..., band].min() >= low - 1e-3 * abs(low)
            assert image[..., band].max() == pytest.approx(high, rel=1e-4)
            # A band that spans 20 units is not lit by a share of 8000.
            assert abs(image[..., band].mean() - pixels[..., band].mean()) < high - low


def test_one_range_per_band_equals_one_for_all_where_they_are_equal(pixels):
    image = (pixels * 10).clip(0, 4000).astype('uint16')
    parts = [
        AugmentWindow(
            photometry=[dict(type='BrightnessContrast')], value_range=value_range
        )
        for value_range in ((0, 4000), ([0, 0, 0], [4000, 4000, 4000]))
    ]
    one, each = (
        part.transform(
            dict(
                img=image,
                valid=np.ones((80, 80), bool),
                rng=np.random.default_rng(3),
            )
        )['img']
        for part in parts
    )
    assert one.dtype == 'uint16' and np.array_equal(one, each)


def test_views_are_standardised_by_the_file(stats, pixels):
    results = StandardiseViews(stats=stats).transform(
        dict(raster_path='a.tif', views=[dict(img=pixels)])
    )
    image = results['views'][0]['img']
    assert np.allclose(image.mean((0, 1)), 0, atol=1e-4)
    assert np.allclose(image.std((0, 1)), 1, atol=1e-4)


PLACES = [
    lambda path: MultiBandPreprocessor(stats=path),
    lambda path: MakeViews([], value_range=path),
    lambda path: AugmentWindow(value_range=path),
    lambda path: StandardiseViews(stats=path),
]


@pytest.mark.parametrize('place', PLACES)
def test_missing_and_garbled_files_are_named(tmp_path, place):
    path = tmp_path / 'stats.json'
    with pytest.raises(FileNotFoundError, match=r'stats.json.*compute_stats.py'):
        place(str(path))
    for text in (
        '',
        '{"bands": [',
        '[]',
        '{"mean": 3}',
        '{"bands": []}',
        '{"bands": [{"mean": 1, "std": "x", "percentiles": {}}]}',
        '{"bands": [{"mean": NaN, "std": 1, "percentiles": {"0.1": 0, "99.9": 1}}]}',
        '{"bands": [{"mean": 1, "std": 1, "percentiles": {"0.1": 0, "99.9": 1}}, {}]}',
        '\x00\x01',
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match='stats.json holds no statistics of bands'):
            place(str(path))


def test_other_bands_than_the_rasters_are_refused(stats, pixels):
    two = pixels[..., :2]
    with pytest.raises(ValueError, match=r'2 bands but .*stats.json has 3 values'):
        MultiBandPreprocessor(stats=stats)(batch(two))
    sample = dict(raster_path='b.tif', img=two, valid=np.ones((80, 80), bool))
    for part in (AugmentWindow(value_range=stats), MakeViews([{}], value_range=stats)):
        with pytest.raises(ValueError, match=r'b.tif is read with 2 bands but .*has 3'):
            part.transform(dict(sample, rng=np.random.default_rng(0)))


def test_scales_that_cannot_be_are_refused(stats, tmp_path):
    with pytest.raises(ValueError, match='does not hold the percentile 3; it has 0.1'):
        MultiBandPreprocessor(stats=stats, percentiles=(3, 97))
    with pytest.raises(ValueError, match='set stats as well'):
        MultiBandPreprocessor(mean=0.0, std=1.0, percentiles=(1, 99))
    with pytest.raises(ValueError, match='Give mean and std, or stats'):
        MultiBandPreprocessor(mean=0.0)
    with pytest.raises(ValueError, match='must rise from black to white'):
        AugmentWindow(value_range=(5, 5))
    band = dict(mean=1, std=0, percentiles={'0.1': 1, '99.9': 1})
    write_json(tmp_path / 'flat.json', dict(bands=[band]))
    for place in PLACES:
        with pytest.raises(
            ValueError, match='flat.json says that number 1 .* constant'
        ):
            place(str(tmp_path / 'flat.json'))
