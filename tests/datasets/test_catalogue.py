"""Noted headers: equal to the files', trusted only while the files are unchanged."""

import logging
import math
import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from mmengine.logging import MMLogger
from rasterio.transform import Affine, from_origin

from glcnet_mm.datasets.catalogue import Catalogue
from glcnet_mm.datasets.catalogue_file import load_entries
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.raster_io import RasterReadError, raster_info
from glcnet_mm.rasters.validity import BandChoice
from tests.layouts import image, windows_of


def garble(path):
    """Makes a file unreadable without changing its size or time: notes or nothing."""
    found = os.stat(path)
    Path(path).write_bytes(b'\0' * found.st_size)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.fixture
def rasters(tmp_path, write_raster):
    """One of every kind that a header can differ in."""
    local = 'LOCAL_CS["site",UNIT["metre",1]]'
    turned = Affine.translation(1 / 3, 5e6) * Affine.rotation(30) * Affine.scale(0.1)
    kinds = dict(
        plain={},
        again=dict(transform=from_origin(500128, 5400000, 2, 2)),
        geographic=dict(crs='EPSG:4326', transform=from_origin(1e-7, 50, 1e-5, 1e-5)),
        nowhere=dict(crs=None, transform=None),
        turned=dict(transform=turned, crs=local),
        zero=dict(nodata=0),
        picture=dict(driver='PNG', crs=None, transform=None),
        floating=dict(dtype='float32', nodata=math.nan),
        wide=dict(dtype='int16', nodata=-9999),
    )
    paths = []
    for seed, (name, profile) in enumerate(kinds.items()):
        suffix = '.png' if profile.get('driver') else '.tif'
        pixels = image(seed).astype(profile.pop('dtype', 'uint8'))
        paths.append(write_raster(tmp_path / f'all/{name}{suffix}', pixels, **profile))
    stacks = stack_bands(str(tmp_path / 'stack'), {str(tmp_path / 'all/'): None})
    return paths + stacks[:1]


def assert_same(found, truth):
    for a, b in zip(found, truth, strict=True):
        both_nan = a.nodata != a.nodata and b.nodata != b.nodata
        assert both_nan or a.nodata == b.nodata
        assert a._replace(nodata=None) == b._replace(nodata=None)
        assert [type(value) for value in a] == [type(value) for value in b]


def test_noted_headers_equal_those_of_the_files(rasters, tmp_path):
    truth = [raster_info(path) for path in rasters]
    notes = str(tmp_path / 'work/headers.json')
    first = Catalogue(notes).headers(rasters)
    assert_same(first, truth)
    assert first[0].crs is first[1].crs
    for path in rasters:
        garble(path)
    noted = Catalogue(notes).headers(rasters)
    assert_same(noted, truth)
    assert noted[0].crs is noted[1].crs
    with pytest.raises(RasterReadError, match='plain.tif is not a readable raster'):
        Catalogue().headers(rasters)


@pytest.fixture
def folder(tmp_path, write_raster):
    """Three images with nodata, and their labels."""
    for seed in range(3):
        write_raster(tmp_path / f'images/s{seed}.tif', image(seed), nodata=0)
        write_raster(tmp_path / f'labels/s{seed}.tif', image(seed, 1) % 2)
    return tmp_path


def build(folder, **changes):
    return windows_of(folder, **dict(catalogue=str(folder / 'headers.json')) | changes)


def test_a_second_start_opens_no_raster(folder):
    first = build(folder)
    for path in folder.glob('*/s?.tif'):
        garble(path)
    second = build(folder)
    assert second.index.infos == first.index.infos and len(second) == len(first) == 12
    with pytest.raises(RasterReadError, match='s0.tif is not a readable raster'):
        build(folder, catalogue=None)


def test_names_from_another_folder_are_the_same_files(folder, monkeypatch):
    build(folder)
    for path in folder.glob('*/s?.tif'):
        garble(path)
    monkeypatch.chdir(folder)
    infos = build(Path('')).index.infos
    assert [info.path for info in infos] == [f'images/s{seed}.tif' for seed in range(3)]


def test_only_a_changed_file_is_read_anew(folder, write_raster):
    build(folder)
    for seed in (0, 2):
        garble(folder / f'images/s{seed}.tif')
    for name, size in (('images', 96), ('labels', 96)):
        write_raster(folder / f'{name}/s1.tif', image(1, 3, size) % 2, nodata=None)
    sizes = [info.width for info in build(folder).index.infos]
    assert sizes == [64, 96, 64]
    # The notes are those of the new file from now on.
    garble(folder / 'images/s1.tif')
    assert [info.width for info in build(folder).index.infos] == sizes
    os.utime(folder / 'images/s1.tif')
    with pytest.raises(RasterReadError, match='s1.tif is not a readable raster'):
        build(folder)


def test_what_lies_beside_a_raster_counts(folder, write_raster):
    path = write_raster(folder / 'more/a.b.png', image(), driver='PNG', crs=None)
    notes = str(folder / 'headers.json')
    before = Catalogue(notes).headers([path])[0]
    assert before.transform.is_identity == (not Path(f'{path}.aux.xml').exists())
    Path(f'{path}.aux.xml').unlink(missing_ok=True)
    (folder / 'more/a.b.wld').write_text('3\n0\n0\n-3\n100\n200\n')
    moved = Catalogue(notes).headers([path])[0]
    assert moved == raster_info(path) and moved.transform.a == 3
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        with rasterio.open(folder / 'labels/s0.tif', 'r+') as target:
            stamp = os.stat(target.name)
            target.write_mask(np.arange(64 * 64).reshape(64, 64) % 2 == 0)
    os.utime(target.name, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert (folder / 'labels/s0.tif.msk').exists()
    assert Catalogue(notes).headers([target.name])[0].masked


def test_parts_of_a_virtual_raster_count(folder, write_raster):
    notes = str(folder / 'headers.json')
    paths = stack_bands(str(folder / 'stack'), {str(folder / 'images'): None})
    Catalogue(notes).headers(paths)
    part = folder / 'images/s1.tif'
    shutil.move(part, folder / 'kept.tif')
    with pytest.raises(RasterReadError, match='s1.vrt refers to .*s1.tif'):
        Catalogue(notes).headers(paths)
    shutil.move(folder / 'kept.tif', part)
    assert len(Catalogue(notes).headers(paths)) == 3


def test_removed_files_leave_and_other_sets_stay(folder):
    notes = folder / 'headers.json'
    build(folder)
    labels = str(folder / 'labels/s0.tif')
    assert len(load_entries(notes)) == 6
    for name in ('images', 'labels'):
        (folder / f'{name}/s1.tif').unlink()
    assert len(build(folder)) == 8
    os.utime(labels)
    Catalogue(str(notes)).headers([labels])
    names = {os.path.relpath(key, folder) for key in load_entries(notes)}
    assert names == {f'{n}/s{i}.tif' for n in ('images', 'labels') for i in (0, 2)}


def test_what_another_process_noted_meanwhile_stays(folder):
    notes = str(folder / 'headers.json')
    paths = [str(folder / f'images/s{seed}.tif') for seed in range(2)]
    one, two = Catalogue(notes), Catalogue(notes)
    one.headers(paths[:1])
    two.headers(paths[1:])
    assert set(load_entries(notes)) == set(paths)


def test_a_missing_raster_is_named_and_the_rest_is_noted(folder):
    notes = str(folder / 'headers.json')
    paths = [str(folder / f'images/s{seed}.tif') for seed in range(3)]
    with pytest.raises(FileNotFoundError, match=r'gone.tif does not exist'):
        Catalogue(notes).headers([*paths, str(folder / 'gone.tif')])
    assert set(load_entries(notes)) == set(paths)


def test_a_scene_of_nodata_is_refused_at_every_start(folder, write_raster):
    write_raster(folder / 'images/s2.tif', np.zeros((3, 64, 64), 'uint8'), nodata=0)
    for _ in range(2):
        with pytest.raises(ValueError, match='s2.tif has no valid pixel'):
            build(folder)


def test_a_passed_check_is_noted(folder, write_raster):
    paths = [str(folder / f'images/s{seed}.tif') for seed in range(3)]

    def checked(choice):
        names, catalogue = [], Catalogue(str(folder / 'headers.json'))
        infos = catalogue.headers(paths)
        catalogue.check_data(infos, lambda info, _: names.append(info.path), choice)
        return names

    all_bands, one_band = BandChoice(), BandChoice((1,))
    assert checked(all_bands) == paths
    assert checked(all_bands) == []
    os.utime(paths[1])
    assert checked(all_bands) == paths[1:2]
    # What other bands hold is another question.
    assert checked(one_band) == paths and checked(one_band) == checked(all_bands) == []


@pytest.fixture
def warnings_of_log():
    """Warnings of mmengine's logger, which pytest does not see."""
    records = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


@pytest.mark.parametrize('damage', ['cut', 'flipped', 'empty'])
def test_a_damaged_catalogue_warns_once_and_is_rebuilt(folder, warnings_of_log, damage):
    notes = folder / 'headers.json'
    infos = build(folder).index.infos
    whole = notes.read_bytes()
    flipped = whole.replace(b'[64, 64,', b'[64, 65,', 1)
    assert flipped != whole
    notes.write_bytes(dict(cut=whole[:-200], flipped=flipped, empty=b'')[damage])
    assert build(folder).index.infos == infos
    texts = [record.getMessage() for record in warnings_of_log]
    assert len(texts) == 1 and 'headers.json is damaged' in texts[0]
    assert sorted(notes.read_bytes().split(b'\n')) == sorted(whole.split(b'\n')) or (
        load_entries(notes).keys() == {str(p) for p in folder.glob('*/s?.tif')}
    )
    build(folder)
    assert len(warnings_of_log) == 1


@pytest.mark.parametrize('text', ['{"mean": 3}\n', 'a.tif\nb.tif\n', None])
def test_a_file_of_another_kind_is_refused_and_kept(folder, text):
    other = folder / 'other.json'
    other.mkdir() if text is None else other.write_text(text)
    with pytest.raises(ValueError, match='other.json is no catalogue of raster'):
        build(folder, catalogue=str(other))
    assert text is None or other.read_text() == text


def test_where_it_cannot_be_written_a_run_goes_on(folder, warnings_of_log):
    (folder / 'file').write_text('')
    assert len(build(folder, catalogue=str(folder / 'file/headers.json'))) == 12
    assert 'cannot be written' in warnings_of_log[0].getMessage()


def write_often(notes, paths):
    for _ in range(8):
        for path in paths:
            os.utime(path)
        assert len(Catalogue(notes).headers(paths)) == len(paths)


def test_processes_write_at_once_and_none_reads_half_a_file(tmp_path, write_raster):
    paths = [
        write_raster(tmp_path / f'{seed}.tif', image(seed, 1, 16)) for seed in range(20)
    ]
    notes = str(tmp_path / 'headers.json')
    context = multiprocessing.get_context('fork')
    writers = [
        context.Process(target=write_often, args=(notes, paths[start : start + 5]))
        for start in (0, 5, 10, 15)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert load_entries(notes) is not None
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert not list(tmp_path.glob('.*partial'))
    Catalogue(notes).headers(paths)
    assert set(load_entries(notes)) == set(paths)
    for path in paths:
        garble(path)
    assert len(Catalogue(notes).headers(paths)) == 20
