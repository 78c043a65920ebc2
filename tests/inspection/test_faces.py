"""Whatever face looks at data with a fault, it names the same fault."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from glcnet_mm.config import read_config
from glcnet_mm.engine.hooks.data_summary import DataSummaryHook
from glcnet_mm.errors import UserError
from glcnet_mm.inspection.browse import browse
from glcnet_mm.inspection.check import check_config
from glcnet_mm.inspection.from_config import dataset_parts
from glcnet_mm.inspection.statistics_tool import compute_stats


def in_log(path):
    """What a training says before it starts."""
    config, said = read_config(path), []
    (part,) = dataset_parts(config, 'train')
    logger = SimpleNamespace(warning=said.append, info=lambda text: None)
    runner = SimpleNamespace(cfg=config, logger=logger)
    DataSummaryHook()._look(runner, part.dataset, 2, '')
    return said


def in_text(path):
    text = check_config(path, {}, everything=False)[0]
    return re.findall(r'(?:NOTE|PROBLEM): (.*)', text)


def on_page(path):
    return browse(path, path.replace('.py', '.html'), samples=1)


def in_statistics(path):
    out = path.replace('.py', '.json')
    return compute_stats(out, path, None, None, None, 0)['notes']


FACES = (in_log, in_text, on_page, in_statistics)


def constant(pixels, bands=2):
    pixels[bands] = 1000
    return pixels


def mask(pixels):
    pixels[3] = np.where(pixels[3] > 1100, 65535, 0)
    return pixels


def border(pixels):
    pixels[:, :20] = 0
    return pixels


def mostly_empty(pixels):
    pixels[:, 40:] = 0
    return pixels


IMAGES = [
    (constant, None, 'Band 3 is constant, 1000 everywhere'),
    (mask, None, 'Band 4 holds only 0 and 65535, as an alpha channel or a mask'),
    (border, None, r'hold \(0, 0, 0, 0\), the extreme of every band'),
    (mostly_empty, 0, r'\d+% of the pixels are invalid'),
    (lambda pixels: pixels * 0, 0, '0.tif has no valid pixel: nodata 0'),
    (lambda pixels: pixels * 10, None, r'lie outside value_range=\(0, 2500\)'),
    (lambda pixels: pixels // 50, None, r'span only .* of value_range=\(0, 2500\)'),
    (lambda pixels: pixels[:3], None, 'The model takes in_channels=4 but 3 bands'),
    (lambda pixels: pixels[:, :, :50], None, '2 rasters are smaller than the window'),
]


@pytest.mark.parametrize(('change', 'nodata', 'fault'), IMAGES)
def test_faults_of_images(pretraining, rewrite, change, nodata, fault):
    rewrite(change, nodata=nodata)
    named(pretraining, fault)


def test_a_fault_of_several_bands_is_one_sentence(pretraining, rewrite):
    rewrite(lambda pixels: constant(pixels, [0, 1, 3]))
    named(pretraining, r'^Bands 1, 2 and 4 are constant, 1000 everywhere')
    for face in FACES:
        assert sum('constant' in text for text in said_by(face, pretraining)) == 1


def test_rasters_without_crs_beside_others(folder, pretraining, write_raster, scene):
    pixels = scene(1, side=96).astype('uint16')
    write_raster(folder / 'images/1.tif', pixels, crs=None, transform=None)
    named(pretraining, '1 raster has no CRS while others do')


def test_one_raster_of_another_scale(folder, pretraining, write_raster, scene):
    for number in range(3):
        pixels = scene(number).astype('float32') / (10000 if number == 1 else 1)
        write_raster(folder / f'images/{number}.tif', pixels)
    named(pretraining, '1.tif is far from the others: band 1')


def test_a_class_without_a_pixel(folder, finetuning, write_raster, labels):
    for number in range(2):
        write_raster(folder / f'labels/{number}.tif', labels(number, classes=2) + 1)
    named(finetuning, 'No label pixel is "water"')


def test_a_label_value_that_is_no_class(folder, finetuning, write_raster, labels):
    write_raster(folder / 'labels/1.tif', labels(1) + 1)
    named(finetuning, '1.tif holds the label value 3, which is no class')


def test_labels_that_are_all_ignored(folder, finetuning, write_raster, labels):
    for number in range(2):
        write_raster(folder / f'labels/{number}.tif', labels(number) * 0 + 255)
    named(finetuning, 'All labels are ignored')


def test_labels_that_lie_elsewhere(folder, finetuning, write_raster, labels):
    write_raster(folder / 'labels/1.tif', labels(1), crs='EPSG:32634')
    named(finetuning, '1 of 2 labels do not lie on their images')


def test_damaged_pixels(folder, pretraining, write_raster, scene):
    pixels = scene(1).astype('uint16')
    path = folder / 'images/1.tif'
    write_raster(path, pixels, compress='deflate')
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b'\xff' * (len(content) - len(content) // 2)
    path.write_bytes(content)
    named(pretraining, '1.tif is damaged')


def test_good_data_have_no_fault(pretraining, finetuning):
    for path in (pretraining, finetuning):
        assert [face(path) for face in FACES] == [[], [], [], []]


def named(path, fault):
    """Every face names it, and those that look at the whole say the same."""
    said = {face.__name__: said_by(face, path) for face in FACES}
    for face, texts in said.items():
        assert any(re.search(fault, text) for text in texts), (face, said)
    if len(said['in_log']) > 1:
        assert said['in_log'] == said['on_page']
        assert set(said['in_text']) == set(said['on_page'])


def said_by(face, path):
    try:
        return face(path)
    except UserError as error:
        return [str(error)]
