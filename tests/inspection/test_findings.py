"""Every fault of a data set gets its sentence, and good data gets none."""

import re

import numpy as np
import pytest
from rasterio.transform import from_origin

from glcnet_mm.config import read_config
from glcnet_mm.inspection.facts import gather
from glcnet_mm.inspection.findings import findings
from glcnet_mm.inspection.from_config import dataset_parts

DATASET = 'train_dataloader.dataset.'
VIEWS = DATASET + 'pipeline.1.'
CHANGED = DATASET + 'pipeline.2.'


def look(path, options=None):
    """What looks wrong in the training data of a config."""
    config = read_config(path, options)
    (part,) = dataset_parts(config, 'train')
    facts = gather(part.dataset, config.model)
    return [finding.text for finding in findings(facts, config.model)]


def only(found, *patterns):
    """Exactly these sentences, in any order."""
    assert len(found) == len(patterns), found
    for pattern in patterns:
        assert any(re.search(pattern, sentence) for sentence in found), found


def test_16_bit_data_with_the_range_of_8_bits(pretraining, finetuning):
    clipped = r'\d+% of the values lie outside value_range=\(0, 255\).*from \d+ to \d+'
    flat = r'\d+ of (48|18) views are nearly constant, the first is view 2 of .*tif at'
    found = look(pretraining, {VIEWS + 'value_range': (0, 255)})
    assert re.search(clipped, found[0]) and re.search(flat, found[1])
    found = look(finetuning, {CHANGED + 'value_range': (0, 255)})
    assert re.search(clipped, found[0]) and 'nearly constant' in found[1]


def test_values_that_fill_little_of_the_range(pretraining):
    found = look(pretraining, {VIEWS + 'value_range': (0, 20000)})
    only(found, r'span only \d\.\d% of value_range=\(0, 20000\)')


def test_without_photometry_the_range_does_not_matter(pretraining):
    options = {VIEWS + 'value_range': (0, 255), VIEWS + 'views.1.photometry': []}
    assert look(pretraining, options) == []


def fill(place, value):
    """A change of pixels."""

    def change(pixels):
        pixels[place] = value
        return pixels

    return change


def test_mostly_nodata(finetuning, rewrite):
    rewrite(fill(np.s_[:, 40:], 0), nodata=0)
    found = look(finetuning)
    only(found, r'\d+% of the pixels are invalid, and \d+ of 18 windows hold nothing')
    share = int(found[0].split('%')[0])
    # Of the rasters' own pixels; their windows reach beyond them.
    assert share == round(100 * (1 - 40 / 160))


def test_padding_is_told_as_such_and_not_as_invalid_pixels(finetuning):
    sized = {DATASET + 'window': 256}
    only(look(finetuning, sized), r'smaller than the window of 256 px')


@pytest.mark.parametrize(
    ('place', 'value', 'dtype', 'sentences'),
    [
        (np.s_[:, :20], 0, 'uint16', [r'hold \(0, 0, 0, 0\), the extreme of every']),
        (2, 1000, 'uint16', ['Band 3 is constant, 1000 everywhere']),
        (np.s_[:, 30:60, 30:60], np.nan, 'float32', []),
        (np.s_[:, :, :100], 1000, 'uint16', []),  # flat before any photometry
    ],
    ids=['undeclared nodata', 'constant band', 'NaN is no value', 'calm water'],
)
def test_one_value_in_many_places(place, value, dtype, sentences, pretraining, rewrite):
    rewrite(fill(place, value), dtype)
    only(look(pretraining), *sentences)


def test_absent_classes_are_listed(folder, finetuning, write_raster, labels):
    for number in range(2):
        write_raster(folder / f'labels/{number}.tif', labels(number, classes=2) + 1)
    only(
        look(finetuning),
        r'No label pixel is "water" .all \d+ windows read.: .* check the order',
    )


def test_mostly_ignored_labels(folder, finetuning, write_raster, labels):
    for number in range(2):
        raw = labels(number)
        raw[:100] = 255
        write_raster(folder / f'labels/{number}.tif', raw)
    only(look(finetuning), r'62% of the valid pixels are ignored by their labels')


def test_listed_windows_that_nobody_painted(
    folder, finetuning, write_raster, labels, tmp_path
):
    for number in range(2):
        raw = labels(number)
        raw[:64] = 255
        write_raster(folder / f'labels/{number}.tif', raw)
    assert look(finetuning) == []
    listed = tmp_path / 'windows.tsv'
    listed.write_text('0.tif\t0\t64\n1.tif\t32\t0\n1.tif\t64\t96\n')
    options = {DATASET + 'sampling.windows_file': str(listed)}
    only(
        look(finetuning, options),
        r'1 of 3 listed windows .* have no label, such as column 32, row 0 of .*1\.tif',
    )


@pytest.mark.parametrize('palette', [False, True])
def test_unknown_colours_are_named(folder, finetuning, write_raster, palette, labels):
    colours = np.array([(0, 0, 255), (0, 255, 0), (255, 0, 0), (9, 8, 7)], 'uint8')
    for number in range(2):
        codes = labels(number)
        codes[:16] = 3
        path = folder / f'labels/{number}.tif'
        if palette:
            table = {i: (*map(int, c), 255) for i, c in enumerate(colours)}
            write_raster(path, codes, colours=table)
        else:
            write_raster(path, colours[codes].transpose(2, 0, 1))
    spelt = dict(
        _delete_=True, files=str(folder / 'labels'), colours=colours[:3].tolist()
    )
    options = {DATASET + 'labels': spelt}
    found = look(finetuning, options)
    only(found, r'^10\.0% of the pixels have label colours .* most often \(9, 8, 7\):')


def test_labels_that_lie_elsewhere(folder, finetuning, write_raster, labels):
    path = folder / 'labels/1.tif'
    write_raster(path, labels(1), transform=from_origin(500006, 5400000, 2, 2))
    only(look(finetuning), r'1 of 2 labels .*labels/1.tif lies 3 pixels off its image')
    write_raster(path, labels(1), crs='EPSG:32634')
    only(look(finetuning), r'labels/1.tif is in EPSG:32634, its image in EPSG:32633')
    write_raster(path, labels(1), transform=from_origin(500000.4, 5400000, 2, 2))
    assert look(finetuning) == []
    write_raster(path, labels(1), crs=None, transform=None)
    assert look(finetuning) == []


def test_regions_that_find_no_place(pretraining):
    options = {'model.local_head.side': 40}
    found = look(pretraining, options)
    only(found, r'Only \d+% of the regions .* and \d+ of 24 pairs of views have none')


def test_normalisation_that_does_not_fit(pretraining):
    options = {'model.data_preprocessor': dict(mean=[1100, 1100, 10, 1100], std=200)}
    found = look(pretraining, options)
    only(found, r'After normalisation channel 3 has mean 5\.\d and')
    options = {'model.data_preprocessor': dict(mean=[1100] * 3, std=[200] * 3)}
    found = look(pretraining, options)
    only(found, r'3 values of mean and 3 of std, but 4 bands are read')


def test_a_model_of_other_bands(pretraining):
    options = {'model.backbone.in_channels': 3}
    found = look(pretraining, options)
    only(found, r'takes in_channels=3 but 4 bands are read')
