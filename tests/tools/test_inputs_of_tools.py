"""What every tool makes of rasters and labels that are not what they seem."""

import csv
import re

import numpy as np
import pytest
import rasterio
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from rasterio.transform import from_origin
from torch import nn

import glcnet_mm  # noqa: F401

SIDE = 96


@MODELS.register_module()
class SameImage(nn.Module):
    """A backbone that changes nothing, so that a map can be counted by hand."""

    def forward(self, images):
        return (images,)


CONFIG = """
default_scope = 'mmseg'
custom_imports = dict(imports=['glcnet_mm'])
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', mean=0.0, std=1.0),
    backbone=dict(type='SameImage'),
    decode_head=dict(
        type='FCNHead', in_channels=3, channels=3, num_convs=0, kernel_size=1,
        concat_input=False, num_classes=2, dropout_ratio=0, in_index=0),
    test_cfg=dict(mode='whole'))
load = dict(type='LoadRaster', bands=[1, 2, 3])
data = dict(type='WindowDataset', classes=['dark', 'bright'],
            images='images', labels='labels', window=64,
            pipeline=[load, dict(type='LoadLabel'), dict(type='PackWindow')])
train_dataloader = dict(
    batch_size=1, num_workers=0, dataset=data,
    sampler=dict(type='InfinitePerSampleSampler'))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.0))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=1)
custom_hooks = [dict(type='DataSummaryHook')]
"""


@pytest.fixture
def folder(tmp_path):
    """Config and weights of a model that calls bright what is above 127 on average."""
    (tmp_path / 'config.py').write_text(CONFIG)
    init_default_scope('mmseg')
    model = MODELS.build(Config.fromfile(tmp_path / 'config.py').model)
    with torch.no_grad():
        model.decode_head.conv_seg.weight.zero_()
        model.decode_head.conv_seg.weight[1] = 1 / 3
        model.decode_head.conv_seg.bias.copy_(torch.tensor([127.5, 0.0]))
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    return tmp_path


def mosaic(path, tiles):
    """A virtual mosaic of RGBA tiles in two columns, as gdalbuildvrt writes it."""
    with rasterio.open(tiles[0][1]) as first:
        place, crs = first.transform.to_gdal(), first.crs.to_wkt()
    bands = ''
    for band, tag in enumerate(('Red', 'Green', 'Blue', 'Alpha'), 1):
        sources = ''.join(
            f'<SimpleSource><SourceFilename relativeToVRT="0">{tile}</SourceFilename>'
            f'<SourceBand>{band}</SourceBand>'
            f'<SrcRect xOff="0" yOff="0" xSize="{SIDE}" ySize="{SIDE}"/>'
            f'<DstRect xOff="{col}" yOff="{row}" xSize="{SIDE}" ySize="{SIDE}"/>'
            f'</SimpleSource>'
            for (col, row), tile in tiles
        )
        bands += (
            f'<VRTRasterBand dataType="Byte" band="{band}"><ColorInterp>{tag}'
            f'</ColorInterp>{sources}</VRTRasterBand>'
        )
    path.write_text(
        f'<VRTDataset rasterXSize="{2 * SIDE}" rasterYSize="{2 * SIDE}">'
        f'<SRS>{crs}</SRS>'
        f'<GeoTransform>{", ".join(map(str, place))}</GeoTransform>{bands}</VRTDataset>'
    )


@pytest.mark.parametrize('kind', ['alpha', 'mask_band', 'internal mask'])
def test_a_mosaic_with_a_mask_is_mapped_as_counted_by_hand(
    kind, folder, write_raster, call_tool
):
    # Three of four tiles; the first has a round hole with a soft edge.
    rows, cols = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(rows - 48, cols - 48)
    tiles, truth = [], np.full((2 * SIDE, 2 * SIDE), 255, 'uint8')
    for number, (col, row) in enumerate([(0, 0), (SIDE, 0), (0, SIDE)]):
        rng = np.random.default_rng(number)
        bright = rng.random((SIDE, SIDE)) < 0.4
        pixels = np.where(bright, 200, 50).astype('uint8')[None].repeat(3, 0)
        alpha = np.full((SIDE, SIDE), 255, 'uint8')
        if number == 0:
            alpha = (np.clip((distance - 20) / 8, 0, 1) * 255).astype('uint8')
        truth[row : row + SIDE, col : col + SIDE] = np.where(alpha > 127, bright, 255)
        place = from_origin(500000 + 2 * col, 5400000 - 2 * row, 2, 2)
        path = folder / f'tiles/{number}.tif'
        rgba = np.concatenate([pixels, alpha[None]])
        options = dict(photometric='RGB', alpha='yes', transform=place)
        tiles.append(((col, row), write_raster(path, rgba, **options)))
    mosaic(folder / 'scene.vrt', tiles)
    told = 'band 4 (alpha) as mask'
    if kind != 'alpha':
        told = _other_mask(folder, kind)
    output, error = call_tool(
        *('predict_scene.py', folder, folder / 'scene.vrt', folder / 'map.tif'),
        *('--config', 'config.py', '--checkpoint', 'weights.pth', '--device', 'cpu'),
        *('--report', 'areas.csv'),
    )
    assert error is None
    with rasterio.open(folder / 'map.tif') as file:
        assert np.array_equal(file.read(1), truth)
    with open(folder / 'areas.csv', encoding='utf-8') as file:
        found = {row['name']: row for row in csv.DictReader(file)}
    for value, name in enumerate(('dark', 'bright')):
        count = int((truth == value).sum())
        assert int(found[name]['pixels']) == count
        assert float(found[name]['hectares']) == pytest.approx(count * 4e-4)
    assert int(found['nodata']['pixels']) == int((truth == 255).sum()) > SIDE**2
    assert f'validity: {told}' in output


def _other_mask(folder, kind):
    """The mosaic as one file whose mask is an untagged band, or a mask of the file."""
    with rasterio.open(folder / 'scene.vrt') as file:
        pixels, profile = file.read(), file.profile
    (folder / 'scene.vrt').unlink()
    profile.update(driver='GTiff', photometric='MINISBLACK')
    if kind == 'mask_band':
        config = (folder / 'config.py').read_text()
        bands = 'bands=[1, 2, 3]'
        config = config.replace(bands, f'{bands}, mask_band=4')
        (folder / 'config.py').write_text(config)
        with rasterio.open(folder / 'scene.vrt', 'w', **profile) as file:
            file.write(pixels)
        return 'band 4 as mask'
    profile.update(count=3)
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(folder / 'scene.vrt', 'w', **profile) as file,
    ):
        file.write(pixels[:3])
        file.write_mask((pixels[3] > 127).astype('uint8') * 255)
    return 'the mask of the file'


def write_set(folder, write_raster, label, **options):
    pixels = np.random.default_rng(0).integers(1, 255, (3, SIDE, SIDE), 'uint8')
    write_raster(folder / 'images/a.tif', pixels)
    write_raster(folder / 'labels/a.tif', label, **options)


def test_every_tool_names_the_class_that_no_label_shows(
    folder, write_raster, call_tool
):
    label = (np.mgrid[:SIDE, :SIDE][1] < 60).astype('uint8')
    write_set(folder, write_raster, label, nodata=0)
    wanted = 'No label pixel is "dark" (all 4 windows read): 0 is the nodata value'
    calls = {
        'check_data.py': ('config.py',),
        'compute_stats.py': ('config.py', 'stats.json'),
        'browse_data.py': ('config.py', '--out', 'look.html', '--samples', 1),
        'make_splits.py': ('config.py', 'out', '--fraction', 1.0),
        'train.py': ('config.py', '--work-dir', 'run'),
    }
    for tool, arguments in calls.items():
        output, error = call_tool(tool, folder, *arguments)
        assert error == (1 if tool == 'check_data.py' else None), (tool, error)
        output += ''.join(p.read_text() for p in (folder / 'run').rglob('*.log'))
        assert wanted in output, tool
        if tool in ('check_data.py', 'compute_stats.py', 'train.py'):
            assert re.search(r'validity:?\s+nothing declared', output), tool


def test_no_tool_learns_from_labels_that_are_all_ignored(
    folder, write_raster, call_tool
):
    write_set(folder, write_raster, np.full((SIDE, SIDE), 255, 'uint8'))
    wanted = r'All labels are ignored, in all 4 windows .*labels/a.tif.* are 255'
    output, error = call_tool('check_data.py', folder, 'config.py')
    assert error == 1
    assert re.search(wanted, output)
    _, error = call_tool('train.py', folder, 'config.py', '--work-dir', 'run')
    assert re.search(wanted, error) and not list(folder.rglob('iter_*.pth'))


def test_nothing_is_learnt_without_a_valid_pixel(folder, write_raster, call_tool):
    pixels = np.ones((3, SIDE, SIDE), 'uint8')
    pixels[:, :64, :64] = 0
    write_raster(folder / 'images/a.tif', pixels, nodata=0)
    write_raster(folder / 'labels/a.tif', np.ones((SIDE, SIDE), 'uint8'))
    (folder / 'few.tsv').write_text('a.tif\t0\t0\n')
    option = f'train_dataloader.dataset.sampling.windows_file={folder}/few.tsv'
    for tool in ('train.py', 'compute_stats.py'):
        arguments = ('s.json',) if tool == 'compute_stats.py' else ()
        options = ('--cfg-options', option)
        _, error = call_tool(tool, folder, 'config.py', *arguments, *options)
        assert re.search(r'No pixel .* valid.*nodata 0', error), error


@pytest.mark.parametrize(
    'tool, arguments',
    [
        ('check_data.py', ('config.py',)),
        ('compute_stats.py', ('stats.json', '--images', '{root}/images/a.tif')),
        ('stack_bands.py', ('out', '{root}/images', '{root}/images')),
        ('browse_data.py', ('config.py', '--out', 'look.html')),
        ('choose_windows.py', ('config.py', 'out', '--budget', '1')),
        ('make_splits.py', ('config.py', 'out.tsv', '--fraction', '0.5')),
        ('new_project.py', ('{root}/images', 'out')),
        ('train.py', ('config.py',)),
        ('retile.py', ('{root}/images', '--out', 'out')),
        (
            'predict_scene.py',
            ('{root}/images/a.tif', 'map.tif', '--config', 'config.py')
            + ('--checkpoint', 'weights.pth', '--device', 'cpu'),
        ),
    ],
)
def test_complex_values_end_every_tool_with_one_sentence(
    tool, arguments, folder, write_raster, call_tool
):
    pixels = np.ones((1, SIDE, SIDE), 'complex64')
    write_raster(folder / 'images/a.tif', pixels, dtype='complex_int16')
    arguments = [word.format(root=folder) for word in arguments]
    output, error = call_tool(tool, folder, *arguments)
    sentence = output if tool == 'check_data.py' else str(error)
    assert 'images/a.tif holds complex values (complex_int16)' in sentence
    assert sentence.count('write their amplitude') in (1, 2)


@pytest.mark.parametrize('dtype, bands', [('int8', 3), ('uint32', 3), ('int32', 129)])
def test_odd_types_and_many_bands_are_browsed(
    dtype, bands, folder, write_raster, call_tool
):
    pixels = np.random.default_rng(0).integers(1, 100, (bands, SIDE, SIDE))
    write_raster(folder / 'images/a.tif', pixels.astype(dtype))
    view = "dict(geometry=[dict(type='CropResize', size=32)], photometry=[blur])"
    (folder / 'views.py').write_text(
        f"""
custom_imports = dict(imports=['glcnet_mm'])
blur = dict(type='BlurBands', p=1.0)
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images={str(folder / 'images')!r}, window=64, pipeline=[
        dict(type='LoadRaster'),
        dict(type='MakeViews', value_range=(0, 100), views=[{view}, {view}]),
        dict(type='PackViews')]))
"""
    )
    output, error = call_tool(
        'browse_data.py', folder, 'views.py', '--out', 'look', '--samples', 1
    )
    assert error is None and 'Written to look' in output
    assert 'Looks wrong' not in output, output
