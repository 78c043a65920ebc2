"""Deliveries rewritten as tiles: nothing lost, nothing half-written."""

import multiprocessing
import os
import resource
import runpy
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.rpc import RPC

from glcnet_mm.errors import UserError
from glcnet_mm.rasters import retile as module
from glcnet_mm.rasters.raster_io import Window, read_window
from glcnet_mm.rasters.retile import plan, retile
from glcnet_mm.rasters.same_raster import differing_facts
from glcnet_mm.rasters.tiled_copy import _has_zstd

TOOL = Path(__file__).parents[2] / 'tools/retile.py'
FORK = multiprocessing.get_context('fork')
STRIPS = dict(compress='lzw', interleave='pixel')


def noise(bands, dtype, height=530, width=700, high=999):
    high = min(high, np.iinfo(dtype).max)
    return np.random.default_rng(0).integers(0, high, (bands, height, width), dtype)


def check_equal(source, target):
    with rasterio.open(source) as a, rasterio.open(target) as b:
        assert differing_facts(a, b) == set()
        assert a.read().tobytes() == b.read().tobytes()
        assert np.array_equal(a.dataset_mask(), b.dataset_mask())
        assert b.block_shapes == [(512, 512)] * b.count
        assert b.profile['compress'] == ('zstd' if _has_zstd() else 'deflate')


def test_a_four_band_delivery_keeps_all_it_says(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', noise(4, 'uint16'), nodata=0, **STRIPS)
    with rasterio.open(path, 'r+') as file:
        file.descriptions = ['red', 'green', 'blue', 'near infrared']
        file.update_tags(TIFFTAG_DATETIME='2020:05:01 10:00:00', sensor='GF-2')
        file.update_tags(2, wavelength='550')
        file.scales, file.units = [0.5] * 4, ['reflectance'] * 4
    target = tmp_path / 'out/a.tif'
    retile(path, str(target))
    check_equal(path, target)
    with rasterio.open(target) as file:
        assert file.tags()['sensor'] == 'GF-2' and file.nodata == 0
        assert file.descriptions[3] == 'near infrared'
        assert ColorInterp.alpha not in file.colorinterp
    assert [p.name for p in target.parent.iterdir()] == ['a.tif']


@pytest.mark.parametrize('alpha', ['no', 'yes'])
def test_infrared_is_tagged_as_it_was(tmp_path, write_raster, alpha):
    pixels = noise(4, 'uint8', high=255)
    settings = dict(photometric='RGB', alpha=alpha, **STRIPS)
    path = write_raster(tmp_path / 'a.tif', pixels, **settings)
    retile(path, path)
    with rasterio.open(path) as file:
        wanted = ColorInterp.alpha if alpha == 'yes' else ColorInterp.undefined
        assert file.colorinterp[3] == wanted
    image, valid = read_window(path, Window(0, 0, 700, 530))
    assert valid.all() and np.array_equal(image, pixels.transpose(1, 2, 0))


def test_a_palette_label_and_a_float_raster_with_nan(tmp_path, write_raster):
    colours = {0: (0, 0, 0, 255), 1: (255, 0, 0, 255), 2: (0, 128, 0, 255)}
    label = write_raster(
        tmp_path / 'label.tif', noise(1, 'uint8', high=3), colours=colours, **STRIPS
    )
    height = noise(1, 'int16').astype('float32')
    height[0, :9] = np.nan
    dem = write_raster(tmp_path / 'dem.tif', height, nodata=np.nan, **STRIPS)
    for path in (label, dem):
        target = path.replace('.tif', '_tiled.tif')
        retile(path, target, overviews=True)
        with rasterio.open(target) as file:
            assert file.overviews(1) == [2]
        retile(path, target)
        check_equal(path, target)
    with rasterio.open(tmp_path / 'label_tiled.tif') as file:
        assert file.colormap(1)[2] == colours[2]


def test_control_points_rpcs_and_masks_are_kept(tmp_path, write_raster):
    corners = [(0, 0, 10, 50), (0, 700, 11, 50), (530, 0, 10, 49), (530, 700, 11, 49)]
    points = [GroundControlPoint(r, c, x, y, 5) for r, c, x, y in corners]
    no_place = dict(transform=None, crs=None)
    path = write_raster(tmp_path / 'gcp.tif', noise(3, 'uint8'), **no_place, **STRIPS)
    with rasterio.open(path, 'r+') as file:
        file.gcps = (points, 'EPSG:4326')
    names = ('height', 'lat', 'long', 'line', 'samp')
    rpc = RPC(
        **{f'{name}_{part}': 7.5 for name in names for part in ('off', 'scale')},
        **{f'{n}_{p}_coeff': [0.5] * 20 for n in names[3:] for p in ('num', 'den')},
    )
    path_rpc = write_raster(
        tmp_path / 'rpc.tif', noise(1, 'uint16'), **no_place, **STRIPS, rpcs=rpc
    )
    masked = write_raster(tmp_path / 'mask.tif', noise(3, 'uint8'), **STRIPS)
    mask = np.full((530, 700), 255, 'uint8')
    mask[:77, :99] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        with rasterio.open(masked, 'r+') as file:
            file.write_mask(mask)
    assert Path(masked + '.msk').exists()
    for source in (path, path_rpc, masked):
        target = tmp_path / 'out' / Path(source).name
        retile(source, str(target))
        check_equal(source, target)
    with rasterio.open(tmp_path / 'out/gcp.tif') as file:
        assert len(file.gcps[0]) == 4 and file.gcps[1].to_epsg() == 4326
    _, valid = read_window(str(tmp_path / 'out/mask.tif'), Window(0, 0, 700, 530))
    assert np.array_equal(valid, mask == 255)


def test_overviews_are_copied_or_built(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', noise(3, 'uint8', 1300, 1100), **STRIPS)
    target = str(tmp_path / 'b.tif')
    retile(path, target, overviews=True)
    with rasterio.open(target) as file:
        assert file.overviews(1) == [2, 4]
    with rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4, 8])
    retile(path, path)
    with rasterio.open(path) as file:
        assert file.overviews(3) == [2, 4, 8] and file.block_shapes[0] == (512, 512)


def test_what_is_left_alone_is_named_with_the_reason(tmp_path, write_raster):
    pixels = noise(3, 'uint8')
    write_raster(
        tmp_path / 'in/tiled.tif', pixels, tiled=True, blockxsize=256, blockysize=256
    )
    write_raster(tmp_path / 'in/jpeg.tif', pixels, compress='jpeg')
    write_raster(tmp_path / 'in/small.tif', pixels[:, :64, :64])
    write_raster(tmp_path / 'in/a.png', pixels, driver='PNG')
    write_raster(tmp_path / 'in/deep/strips.tif', pixels, **STRIPS)
    jobs, kept, _ = plan([str(tmp_path / 'in')], str(tmp_path / 'out'))
    assert [job.target for job in jobs] == [str(tmp_path / 'out/deep/strips.tif')]
    reasons = {Path(path).name: reason for path, reason in kept.items()}
    assert reasons['tiled.tif'] == 'it is tiled already'
    assert reasons['jpeg.tif'].startswith('its JPEG compression loses')
    assert 'no larger than one block' in reasons['small.tif']
    assert 'PNG, no GeoTIFF' in reasons['a.png']
    retile(*jobs[0])
    assert plan([str(tmp_path / 'out')])[1] == {jobs[0].target: 'it is tiled already'}
    again = plan([str(tmp_path / 'in')], str(tmp_path / 'out'))
    assert not again[0] and len(again[1]) == 5


def test_bad_input_is_named_before_anything_is_written(tmp_path, write_raster):
    good = write_raster(tmp_path / 'good.tif', noise(1, 'uint8'), **STRIPS)
    write_raster(tmp_path / 'b/good.tif', noise(1, 'uint8'), **STRIPS)
    both = [good, str(tmp_path / 'b/good.tif')]
    with pytest.raises(ValueError, match='would both become'):
        plan(both, str(tmp_path / 'out'))
    with pytest.raises(ValueError, match='the next call would take it for one'):
        plan([str(tmp_path)], str(tmp_path / 'out'))
    with pytest.raises(ValueError, match='cannot be written'):
        plan([good], f'{good}/out')
    assert not (tmp_path / 'out').exists()


def test_too_little_room_for_the_largest_is_told_first(
    tmp_path, write_raster, monkeypatch
):
    paths = [
        write_raster(
            tmp_path / f'in/{name}.tif', noise(1, 'uint8', side, 600), **STRIPS
        )
        for name, side in dict(a=600, b=900, c=700).items()
    ]
    usage = SimpleNamespace(free=os.path.getsize(paths[1]) - 1)
    monkeypatch.setattr('shutil.disk_usage', lambda _: usage)
    with pytest.raises(
        ValueError, match=r'out has room for \d MB but \d MB are needed'
    ):
        plan([str(tmp_path / 'in')], str(tmp_path / 'out'))
    usage.free += 1
    assert len(plan([str(tmp_path / 'in')], str(tmp_path / 'out')).jobs) == 3


def test_a_damaged_original_is_never_replaced(tmp_path, write_raster):
    path = Path(write_raster(tmp_path / 'a.tif', noise(2, 'uint16'), **STRIPS))
    data = bytearray(path.read_bytes())
    data[300_000:300_400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(UserError, match='a.tif is damaged .* is as it was') as error:
        retile(str(path), str(path))
    assert 'disk' not in str(error.value)
    assert path.read_bytes() == data and len(os.listdir(tmp_path)) == 1


def _retile_with_little_room(path, limit, messages):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        retile(path, path)
    except OSError as error:
        messages.put(str(error))


@pytest.mark.parametrize('limit', [10_000, 600_000])
def test_a_write_that_fails_leaves_the_original(tmp_path, write_raster, limit):
    path = Path(write_raster(tmp_path / 'a.tif', noise(2, 'uint16'), **STRIPS))
    before = path.read_bytes()
    messages = FORK.Queue()
    child = FORK.Process(
        target=_retile_with_little_room, args=(str(path), limit, messages)
    )
    child.start()
    assert 'is as it was. Is the disk full' in messages.get(timeout=120)
    child.join()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ['a.tif']


def test_a_killed_run_leaves_the_original(tmp_path, write_raster):
    pixels = np.tile(noise(4, 'uint16'), (1, 4, 4))
    path = Path(write_raster(tmp_path / 'a.tif', pixels, **STRIPS))
    before = path.read_bytes()
    child = FORK.Process(target=retile, args=(str(path), str(path)))
    child.start()
    while not list(tmp_path.glob('.a.tif.*')) and child.is_alive():
        time.sleep(0.002)
    child.kill()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert path.read_bytes() == before
    retile(str(path), str(path))
    assert path.read_bytes() != before
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(), pixels)


def test_the_tool_says_what_it_did(tmp_path, write_raster, monkeypatch, capsys):
    path = write_raster(tmp_path / 'in/a.tif', noise(1, 'uint8'), **STRIPS)
    write_raster(tmp_path / 'in/b.tif', noise(1, 'uint8', 64, 64), **STRIPS)
    out = str(tmp_path / 'out')
    command = ['retile.py', str(tmp_path / 'in'), '--out', out]
    monkeypatch.setattr(sys, 'argv', command)
    runpy.run_path(str(TOOL), run_name='__main__')
    printed = capsys.readouterr().out
    assert 'b.tif stays as it is: it is no larger than one block' in printed
    assert '1 file rewritten, 1 left as they were.' in printed
    check_equal(path, f'{out}/a.tif')


def test_one_bad_file_does_not_stop_the_others(tmp_path, write_raster, call_tool):
    for name in 'abcd':
        write_raster(tmp_path / f'in/{name}.tif', noise(2, 'uint16'), **STRIPS)
    (tmp_path / 'in/a.tif').write_bytes(b'')
    path = tmp_path / 'in/b.tif'
    data = bytearray(path.read_bytes())
    data[300_000:300_400] = bytes(400)
    path.write_bytes(data)
    out, end = call_tool('retile.py', tmp_path, 'in', '--out', 'out')
    assert '2 files rewritten, 0 left as they were.' in out
    assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == ['c.tif', 'd.tif']
    lines = end.splitlines()
    assert lines[0].startswith('in/a.tif is empty (0 bytes)')
    assert lines[1].startswith('in/b.tif is damaged') and 'disk' not in end
    assert lines[2] == '2 files could not be rewritten.'


def test_a_copy_that_differs_is_refused(tmp_path, write_raster, monkeypatch):
    path = write_raster(tmp_path / 'a.tif', noise(1, 'uint8'), **STRIPS)
    before = Path(path).read_bytes()
    write = module.write_tiled

    def damage(original, partial, overviews):
        write(original, partial, overviews)
        with rasterio.open(partial, 'r+') as file:
            pixel = file.read(window=rasterio.windows.Window(699, 529, 1, 1))
            file.write(pixel + 1, window=rasterio.windows.Window(699, 529, 1, 1))

    monkeypatch.setattr(module, 'write_tiled', damage)
    with pytest.raises(UserError, match='without a change of its pixels'):
        retile(path, path)
    assert Path(path).read_bytes() == before and len(os.listdir(tmp_path)) == 1
