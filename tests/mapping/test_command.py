"""What the mapping tool does with its options, in this process."""

import argparse
import shutil
import zipfile

import numpy as np
import pytest
import rasterio

from glcnet_mm.mapping.command import map_all

DEFAULTS = dict(
    flips=1,
    window=None,
    overlap=None,
    batch_size=4,
    precision=None,
    device='cpu',
    part=None,
    probabilities=None,
    entropy=None,
    report=None,
    polygons=None,
    min_area=0,
    further=[],
    cfg_options={},
)


@pytest.fixture
def call(config, write_checkpoint, write_scene, tmp_path):
    """Maps with the given options; relative names lie in ``tmp_path``."""
    config.dump(tmp_path / 'config.py')
    weights, scene = write_checkpoint(config), write_scene()

    def run(**options):
        given = DEFAULTS | dict(
            scenes=[scene],
            out=str(tmp_path / 'map.tif'),
            config=str(tmp_path / 'config.py'),
            checkpoint=[weights],
        )
        map_all(argparse.Namespace(**(given | options)))

    return run


def read(path):
    with rasterio.open(path) as file:
        return file.read(1)


def test_parts_then_the_whole_with_a_report(call, tmp_path, capsys):
    for part in ('2/2', '1/2'):
        call(part=part)
        assert f'Part {part[0]} of 2 is in' in capsys.readouterr().out
        assert not (tmp_path / 'map.tif').exists()
    call(report=str(tmp_path / 'report.csv'))
    assert 'Map written to' in capsys.readouterr().out
    town = int((read(tmp_path / 'map.tif') == 2).sum())
    line = f'map.tif,2,town,{town},{town * 0.25 / 1e4:.4f}'
    assert line in (tmp_path / 'report.csv').read_text()
    call()
    output = capsys.readouterr().out
    assert 'is complete already' in output
    assert f'{town:,} px' in output
    call(flips=4)
    assert 'Map written to' in capsys.readouterr().out


def test_several_scenes_to_a_folder(call, write_scene, tmp_path, capsys):
    folder = tmp_path / 'scenes'
    folder.mkdir()
    for name in ('a.tif', 'b.tif'):
        shutil.copy(write_scene(), folder / name)
    out, entropy = tmp_path / 'maps', tmp_path / 'entropy'
    call(scenes=[str(folder)], out=str(out), entropy=str(entropy))
    assert sorted(p.name for p in out.glob('*.tif')) == ['a.tif', 'b.tif']
    assert sorted(p.name for p in entropy.glob('*.tif')) == ['a.tif', 'b.tif']
    np.testing.assert_array_equal(read(out / 'a.tif'), read(out / 'b.tif'))


def test_polygons_of_a_map(call, tmp_path):
    raw = pytest.importorskip('pyogrio.raw')
    out = tmp_path / 'areas.gpkg'
    call(polygons=str(out), min_area=0.001)  # 40 pixels
    meta, _, _, fields = raw.read(str(out))
    hectares = fields[list(meta['fields']).index('hectares')]
    mapped = (read(tmp_path / 'map.tif') != 255).sum() * 0.25 / 1e4
    assert hectares.sum() == pytest.approx(mapped)
    assert hectares.min() >= 0.001


@pytest.mark.parametrize(
    ('options', 'sentence'),
    [
        (dict(config='none.py'), r'The config none\.py does not exist'),
        (dict(part='4/3'), 'A part is written as 1/3, 2/3 or 3/3, got "4/3"'),
        (dict(part='1/3', report='r.csv'), 'are made of whole maps'),
        (dict(report='areas.txt'), r'areas\.txt must end in \.csv'),
        (dict(polygons='areas.shp'), r'areas\.shp must end in \.gpkg|pyogrio'),
        (dict(checkpoint=['none.pth']), r'none\.pth does not exist'),
        (dict(batch_size=0), 'batch size must be at least 1'),
    ],
)
def test_mistakes_are_one_sentence(call, tmp_path, options, sentence):
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        call(**options)
    assert not (tmp_path / 'map.tif').exists()
    assert not list(tmp_path.glob('*.parts'))


def test_a_scene_without_data_does_not_stop_the_others(call, write_scene, tmp_path):
    scenes = [write_scene(name='empty.tif', border=999), write_scene(name='full.tif')]
    with pytest.raises(ValueError, match=r'empty.tif has no valid pixel'):
        call(scenes=scenes, out=str(tmp_path / 'maps'), report=str(tmp_path / 'r.csv'))
    assert (tmp_path / 'maps/full.tif').exists()
    assert 'full.tif,2,town' in (tmp_path / 'r.csv').read_text()


def test_a_wrong_scene_is_found_before_any_is_mapped(call, write_scene, tmp_path):
    scenes = [write_scene(name='a.tif'), write_scene(name='b.tif', bands=3)]
    with pytest.raises(ValueError, match='b.tif gives 3 bands'):
        call(scenes=scenes, out=str(tmp_path / 'maps'))
    assert not list(tmp_path.glob('maps/*.tif'))


def test_a_scene_in_an_archive_is_mapped_like_the_plain_one(
    call, write_scene, tmp_path
):
    scene = write_scene(name='inside.tif')
    with zipfile.ZipFile(tmp_path / 'scenes.zip', 'w') as archive:
        archive.write(scene, 'inside.tif')
    call(scenes=[scene])
    call(scenes=[str(tmp_path / 'scenes.zip')], out=str(tmp_path / 'zipped.tif'))
    assert np.array_equal(read(tmp_path / 'zipped.tif'), read(tmp_path / 'map.tif'))


def test_a_folder_left_by_a_call_killed_at_the_end_is_cleared(call, tmp_path):
    call(part='1/1')
    parts = shutil.copytree(tmp_path / 'map.tif.parts', tmp_path / 'kept')
    call()
    shutil.copytree(parts, tmp_path / 'map.tif.parts')
    call()
    assert not (tmp_path / 'map.tif.parts').exists()


def split_bands(scene, folder, first=2):
    """A scene as two rasters of one name, in folders of their own."""
    with rasterio.open(scene) as file:
        pixels, profile = file.read(), file.profile
    parts = []
    for name, bands in (('optical', pixels[:first]), ('sar', pixels[first:])):
        (folder / name).mkdir()
        parts.append(folder / name / 'place.tif')
        with rasterio.open(parts[-1], 'w', **profile | dict(count=len(bands))) as file:
            file.write(bands)
    return map(str, parts)


def test_bands_of_two_rasters_map_as_those_of_one(call, write_scene, tmp_path, capsys):
    optical, sar = split_bands(write_scene(), tmp_path)
    call(out=str(tmp_path / 'whole.tif'))
    call(scenes=[optical], further=[sar])
    np.testing.assert_array_equal(
        read(tmp_path / 'map.tif'), read(tmp_path / 'whole.tif')
    )
    with rasterio.open(optical) as scene, rasterio.open(tmp_path / 'map.tif') as file:
        assert (file.crs, file.transform) == (scene.crs, scene.transform)
    call(scenes=[optical], further=[str(tmp_path / 'sar')])
    assert 'is complete already' in capsys.readouterr().out


def test_another_grid_is_aligned_and_its_changes_are_seen(
    call, write_scene, tmp_path, capsys
):
    optical, sar = split_bands(write_scene(), tmp_path)
    with rasterio.open(sar) as file:
        pixels, profile = file.read(), file.profile
    # The same raster with a margin: another grid, the same values.
    profile.update(width=profile['width'] + 8, height=profile['height'] + 8)
    profile.update(transform=profile['transform'] * rasterio.Affine.translation(-4, -4))
    for value in (0, 7):
        padded = np.pad(pixels + value, ((0, 0), (4, 4), (4, 4)), mode='edge')
        with rasterio.open(tmp_path / 'wide.tif', 'w', **profile) as file:
            file.write(padded.astype(profile['dtype']))
        call(scenes=[optical], further=[str(tmp_path / 'wide.tif')])
        assert 'Map written to' in capsys.readouterr().out
    call(scenes=[optical], further=[str(tmp_path / 'wide.tif')])
    assert 'is complete already' in capsys.readouterr().out
    call(scenes=[optical], further=[sar])  # another stack takes the place of the first
    assert 'Map written to' in capsys.readouterr().out


def test_further_rasters_that_cannot_be_used_are_told(call, write_scene, tmp_path):
    optical, sar = split_bands(write_scene(), tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r'nowhere\.tif, named for further bands'
    ):
        call(scenes=[optical], further=[str(tmp_path / 'nowhere.tif')])
    shutil.copy(optical, tmp_path / 'optical/other.tif')
    out = str(tmp_path / 'maps')
    with pytest.raises(ValueError, match='is one raster, but there are 2 scenes'):
        call(scenes=[str(tmp_path / 'optical')], out=out, further=[sar])
    with pytest.raises(FileNotFoundError, match='other'):
        call(
            scenes=[str(tmp_path / 'optical')], out=out, further=[str(tmp_path / 'sar')]
        )
    (tmp_path / 'map.bands.vrt').write_text('mine')
    with pytest.raises(ValueError, match=r'map\.bands\.vrt .* is another file'):
        call(scenes=[optical], further=[sar])
    assert (tmp_path / 'map.bands.vrt').read_text() == 'mine'
    with pytest.raises(ValueError, match='would be overwritten'):
        call(scenes=[optical], further=[sar], out=sar)
