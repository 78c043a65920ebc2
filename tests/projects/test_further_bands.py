"""Projects of images whose bands lie in several files."""

import shutil

import numpy as np
import pytest
import rasterio
from mmengine.config import Config
from mmengine.registry import DATASETS

from glcnet_mm.inspection.facts import gather
from glcnet_mm.inspection.table import rows_of

NAMES = [f'scene_{number}.tif' for number in range(4)]
FURTHER = ('--further', 'infrared', '--further', 'height')


@pytest.fixture
def folder(tmp_path, write_scenes, write_halves, write_raster):
    """Four scenes: colours, near infrared saved as three equal bands, heights."""
    write_scenes(tmp_path / 'images', NAMES)
    for number, path in enumerate(sorted((tmp_path / 'images').iterdir())):
        with rasterio.open(path) as file:
            grid = dict(transform=file.transform, crs=file.crs)
            grey = np.repeat(file.read()[:1] // 2 + 7, 3, 0)
        write_raster(tmp_path / 'infrared' / path.name, grey, **grid)
        # Twice as wide pixels, on the same ground.
        coarse = grid['transform'] * grid['transform'].scale(2)
        rows = np.arange(32)[:, None] + number + np.zeros((1, 32))
        heights = rows.astype('uint8')[None]
        name = tmp_path / 'height' / f'{path.stem}.tif'
        write_raster(name, heights, crs=grid['crs'], transform=coarse)
    write_halves(tmp_path / 'labels', NAMES, (0, 1))
    return tmp_path


def read_scene(config, name):
    """Pixels ``(H, W, C)`` of the first window of a data set of a project."""
    settings = dict(config.data[name])
    settings['sampling'] = None
    return DATASETS.build(settings)[0]['img']


def test_bands_of_several_files_are_facts_of_one_project(folder, call_tool):
    call = ('images', *FURTHER, '--labels', 'labels', 'out')
    told, end = call_tool('new_project.py', folder, *call)
    assert end is None
    assert 'From infrared: bands 4 to 6.' in told
    assert 'From height: band 7.' in told
    assert 'The same as an earlier band, so left out: bands 5 and 6.' in told
    assert 'images out/maps --further infrared --further height --config' in told
    shutil.move(folder / 'out', folder / 'elsewhere')  # a project can be moved
    config = Config.fromfile(folder / 'elsewhere' / 'data.py')
    assert config.data.test.pipeline[0].bands == [1, 2, 3, 4, 7]
    assert len(config.data.mean) == len(config.data.value_range[0]) == 5
    dataset = DATASETS.build(dict(config.data.test))
    assert rows_of(gather(dataset, windows=1))['bands'] == '5 of uint8, chosen from 7'
    scenes = [*config.data.labelled.images, *config.data.test.images]
    assert len(scenes) == 4
    pixels = read_scene(config, 'test')
    (scene,) = config.data.test.images
    with rasterio.open(folder / 'images' / f'{scene[-11:-4]}.tif') as file:
        colours = np.moveaxis(file.read(), 0, -1)
    assert np.array_equal(pixels[:64, :64, :3], colours)
    assert np.array_equal(pixels[:64, :64, 3], colours[..., 0] // 2 + 7)
    # Heights rise by one every two pixels.
    assert pixels[41, 5, 4] - pixels[21, 5, 4] == 10


def test_a_single_scene_of_two_files_is_split_by_blocks(
    tmp_path, call_tool, write_scenes, write_halves, write_raster
):
    (scene,) = write_scenes(tmp_path / 'images', ['a.tif'], size=400)
    with rasterio.open(scene) as file:
        grid = dict(transform=file.transform, crs=file.crs)
        write_raster(tmp_path / 'sar.tif', np.sqrt(file.read()[:2] / 7.0), **grid)
    write_halves(tmp_path / 'labels', ['b.tif'], (0, 1), size=400)
    call = ('images/a.tif', '--further', 'sar.tif', '--labels', 'labels', 'out')
    told, end = call_tool('new_project.py', tmp_path, *call)
    assert end is None and 'A label was found for the image.' in told
    lines = (tmp_path / 'out' / 'test.tsv').read_text().splitlines()
    assert lines[1].startswith('bands/a.vrt\t')
    config = Config.fromfile(tmp_path / 'out' / 'data.py')
    assert DATASETS.build(dict(config.data.test))[0]['img'].shape == (96, 96, 5)


def test_a_scene_without_further_bands_is_named(folder, call_tool):
    (folder / 'infrared' / 'scene_2.tif').unlink()
    end = call_tool('new_project.py', folder, 'images', *FURTHER, 'out')[1]
    assert 'images/scene_2.tif has no further bands: infrared/scene_2.*' in end
    assert not (folder / 'out').exists()


def test_images_that_differ_in_their_suffix_alone_are_refused(
    folder, call_tool, write_scenes
):
    write_scenes(folder / 'images', ['scene_2.tiff'])
    end = call_tool('new_project.py', folder, 'images', *FURTHER, 'out')[1]
    assert 'scene_2.tiff have the same name' in end


@pytest.mark.slow
def test_from_two_files_a_scene_to_a_map(folder, call_tool, monkeypatch):
    from glcnet_mm.projects import project
    from glcnet_mm.projects.machine import Budget, Sizes

    few = Budget(2, 4)
    monkeypatch.setattr(project, 'sizes_for', lambda *_: Sizes(32, 64, 1, few, few))
    call = ('images', '--further', 'infrared', '--labels', 'labels', 'out')
    told, end = call_tool('new_project.py', folder, *call)
    assert end is None
    steps = [line.split()[1:] for line in told.splitlines() if line[:8] == '  python']
    assert len(steps) == 4
    for tool, *arguments in steps:
        assert call_tool(tool.rsplit('/', 1)[-1], folder, *arguments)[1] is None
    maps = sorted((folder / 'out' / 'maps').glob('*.tif'))
    assert [path.name for path in maps] == NAMES
