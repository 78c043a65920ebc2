"""Damaged small files: a sentence with their name, whatever they hold."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from glcnet_mm.datasets.known_sets.generic import read_classes
from glcnet_mm.datasets.windows_file import read_windows
from glcnet_mm.demo.report import read_overall
from glcnet_mm.mapping.pieces_folder import PartsFolder
from glcnet_mm.rasters.raster_io import raster_info
from glcnet_mm.rasters.sources import find_rasters, read_names
from glcnet_mm.reading import read_arrays
from glcnet_mm.stats_file import read_statistics
from glcnet_mm.studies import draws, figures
from glcnet_mm.studies.folder import StudyFolder
from glcnet_mm.studies.result_file import read_run

RUN = dict(
    seconds=1.5, device='cpu', labelled_windows=3, overall=dict(Kappa=50), f1=dict(a=0)
)  # fmt: skip


@pytest.fixture
def infos(tmp_path, write_raster):
    return [raster_info(write_raster(tmp_path / 'a.tif', np.ones((1, 8, 8), 'uint8')))]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('a.tif\t0\tx1\n', r'windows.tsv: column and row in the line'),
        *((t, 'windows.tsv lists no windows') for t in ('', '# of a.tif\n', '\n \n')),
    ],
)
def test_a_windows_file_without_windows_or_numbers(tmp_path, infos, text, message):
    path = tmp_path / 'windows.tsv'
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_windows(str(path), infos, 8)


def test_a_table_with_an_endless_cell(tmp_path):
    path = tmp_path / 'classes.csv'
    path.write_text('id,name\n0,"' + 'a' * 200_000)
    with pytest.raises(ValueError, match=r'classes.csv is no table .*write it again'):
        read_classes(str(path))


@pytest.mark.parametrize(
    'predictions',
    [np.zeros((2, 8, 8), int), np.zeros((2, 8), 'uint8'), np.zeros((1, 8, 8), 'uint8')],
)
def test_panels_of_a_run_that_are_no_maps(tmp_path, predictions):
    path = tmp_path / 'panels.npz'
    good = np.ones((2, 8, 8), 'uint8')
    np.savez(path, numbers=[3, 5], predictions=good)
    assert np.array_equal(figures._read_panels(path, [3, 5]), good)
    assert figures._read_panels(path, [3, 6]) is None
    np.savez(path, numbers=[3, 5], predictions=predictions)
    with pytest.raises(ValueError, match=r'panels.npz is damaged .*made again'):
        figures._read_panels(path, [3, 5])


@pytest.mark.parametrize('numbers', [[1, 1], [5, 3], [-1, 2], [0.5], ['1'], 7, None])
def test_windows_to_show_that_are_no_numbers(tmp_path, numbers):
    study = SimpleNamespace(folder=StudyFolder(tmp_path))
    path = study.folder.panels
    with pytest.raises(ValueError, match=r'panels.json, the windows to show, is miss'):
        draws._read_panels(study)
    path.parent.mkdir()
    path.write_text(json.dumps(dict(mark='a', numbers=[1, 3])))
    assert draws._read_panels(study) == ('a', [1, 3])
    path.write_text(json.dumps(dict(mark='a', numbers=numbers)))
    with pytest.raises(ValueError, match=r'panels.json is damaged .*chosen again'):
        draws._read_panels(study)


def test_lists_with_zero_bytes_are_named(tmp_path, infos):
    path = tmp_path / 'list.txt'
    path.write_bytes(b'a.tif\0\n')
    for read in (
        read_names,
        read_classes,
        read_statistics,
        lambda path: read_windows(path, infos, 8),
    ):
        with pytest.raises(ValueError, match='list.txt .*holds zero bytes'):
            read(str(path))


def test_a_folder_in_a_list_is_told(tmp_path):
    (tmp_path / 'inner').mkdir()
    (tmp_path / 'list.txt').write_text('inner\n')
    with pytest.raises(ValueError, match=r'list.txt lists .*inner, which is a folder'):
        find_rasters(str(tmp_path / 'list.txt'))


@pytest.mark.parametrize(
    'change',
    [
        dict(seconds='1'),
        dict(device=None),
        dict(overall={}),
        dict(overall=dict(Kappa='high')),
        dict(labelled_windows=-1),
        dict(f1=3),
        dict(checkpoint='../../other/iter_1.pth'),
    ],
)
def test_a_result_of_a_run_is_checked_before_it_is_reported(tmp_path, change):
    path = tmp_path / 'result.json'
    path.write_text(json.dumps(RUN))
    assert read_run(path).overall == dict(Kappa=50)
    path.write_text(json.dumps(RUN | change))
    with pytest.raises(ValueError, match=r'result.json is damaged .*remove it to have'):
        read_run(path)


@pytest.mark.parametrize('text', ['', '{"overall":', '[' * 50_000, '[]', 'null', '9'])
def test_json_that_is_cut_or_nested_without_end(tmp_path, text):
    path = tmp_path / 'a.json'
    path.write_text(text)
    for read in (read_run, read_overall):
        with pytest.raises(ValueError, match=r'a.json is damaged'):
            read(path)
    with pytest.raises(ValueError, match=r'a.json holds no statistics'):
        read_statistics(str(path))


def test_settings_of_a_map_that_was_begun(tmp_path):
    PartsFolder(tmp_path / 'map.tif', dict(window=8))
    (tmp_path / 'map.tif.parts/settings.json').write_text('{"window": 8')
    with pytest.raises(ValueError, match=r'settings.json is damaged .*delete'):
        PartsFolder(tmp_path / 'map.tif', dict(window=8))


def test_arrays_that_are_cut(tmp_path):
    path = tmp_path / 'panels.npz'
    np.savez_compressed(path, numbers=np.arange(500))
    content = path.read_bytes()
    for size in (0, 20, len(content) - 30):
        path.write_bytes(content[:size])
        with pytest.raises(ValueError, match=r'panels.npz is damaged'):
            read_arrays(path, ['numbers'], 'make it again')
    np.savez(path, numbers=np.array([{}], object))
    with pytest.raises(ValueError, match=r'panels.npz is damaged .*pickle'):
        read_arrays(path, ['numbers'], 'make it again')
