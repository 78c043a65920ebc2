"""Rasters in archives, behind a server, in mosaics and shrunk by overviews."""

import multiprocessing
import os
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import rasterio

from glcnet_mm.inspection.facts import gather
from glcnet_mm.rasters.gdal_settings import SETTINGS, apply_settings
from glcnet_mm.rasters.raster_io import (
    RasterReadError,
    Window,
    raster_info,
    read_window,
)
from glcnet_mm.rasters.sources import find_rasters, pair_labels
from tests.layouts import image, windows_of, write_mosaic

FORK = multiprocessing.get_context('fork')
TILES = dict(tiled=True, blockxsize=64, blockysize=64)


@pytest.fixture
def archives(tmp_path, write_raster):
    """Two scenes with labels, as a zip and as a tar archive."""
    names = []
    for seed in range(2):
        write_raster(tmp_path / f'images/s{seed}.tif', image(seed))
        write_raster(tmp_path / f'masks/s{seed}.tif', image(seed, 1) % 2)
        names += [f'images/s{seed}.tif', f'masks/s{seed}.tif']
    with zipfile.ZipFile(tmp_path / 'all.zip', 'w') as file:
        for name in names:
            file.write(tmp_path / name, name)
    with tarfile.open(tmp_path / 'all.tar', 'w') as file:
        for name in names:
            file.add(tmp_path / name, name)
    return tmp_path


@pytest.mark.parametrize(
    'source',
    [
        '/vsizip/all.zip/images',
        'zip://all.zip!images',
        'zip://all.zip!/images/',
        '/vsizip/all.zip/im*/s?.tif',
        '/vsizip/{all.zip}/images',
        '/vsitar/all.tar/images',
        'tar://all.tar!images',
        ['/vsizip/all.zip/images/s0.tif', 'zip://all.zip!images/s1.tif'],
    ],
)
def test_a_folder_of_an_archive_is_read_by_any_of_its_names(archives, source):
    dataset = windows_of(archives, images=source, labels=dict(images='masks'))
    assert len(dataset) == 8 and gather(dataset).valid_share == 1
    sample = dataset[5]
    assert np.array_equal(sample['img'], image(1).transpose(1, 2, 0)[:32, 32:])
    assert np.array_equal(sample['gt_seg_map'], (image(1, 1) % 2)[0, :32, 32:])


def test_an_archive_list_files_and_labels_by_name(archives):
    root = str(archives)
    assert len(find_rasters('all.zip', root)) == len(find_rasters('all.tar', root)) == 4
    (archives / 'some.txt').write_text('zip://all.zip!images/s1.tif\nimages/s0.tif\n')
    images = find_rasters('some.txt', root)
    assert images == [f'/vsizip/{root}/all.zip/images/s1.tif', f'{root}/images/s0.tif']
    labels = pair_labels(images, '/vsizip/all.zip/masks', root)
    assert labels[0] == f'/vsizip/{root}/all.zip/masks/s1.tif'
    assert read_window(labels[0], Window(0, 0, 4, 4))[0].max() <= 1


def test_a_zipped_single_raster(tmp_path, write_raster):
    import gzip

    path = Path(write_raster(tmp_path / 'a.tif', image(0)))
    (tmp_path / 'a.tif.gz').write_bytes(gzip.compress(path.read_bytes()))
    for name in ('/vsigzip/a.tif.gz', 'gzip://a.tif.gz'):
        (found,) = find_rasters(name, str(tmp_path))
        pixels, valid = read_window(found, Window(3, 4, 20, 20))
        assert valid.all()
        assert np.array_equal(pixels, image(0)[:, 4:24, 3:23].transpose(1, 2, 0))


@pytest.mark.parametrize(
    'source, message',
    [
        ('/vsizip/gone.zip/images', 'gone.zip/images does not exist'),
        ('zip://all.zip!nothing', 'all.zip/nothing does not exist'),
        ('/vsizip/all.zip/x*', 'Nothing matches'),
        ('/vsigzip/gone.tif.gz', 'gone.tif.gz does not exist'),
        ('/vsicurl/http://127.0.0.1/folder/', 'cannot be listed'),
    ],
)
def test_bad_names_are_named(archives, source, message):
    with pytest.raises(FileNotFoundError, match=message):
        find_rasters(source, str(archives))


def test_bad_archives_and_their_files_are_named(archives):
    (archives / 'broken.zip').write_bytes(b'PK\x03\x04 no archive')
    with pytest.raises(ValueError, match='broken.zip is no readable zip'):
        find_rasters('broken.zip', str(archives))
    data = (archives / 'images/s0.tif').read_bytes()
    with zipfile.ZipFile(archives / 'cut.zip', 'w') as file:
        file.writestr('cut.tif', data[:-2000])
        file.writestr('empty.tif', b'')
        file.writestr('readme.md', b'text')
    inside = f'/vsizip/{archives}/cut.zip'
    with pytest.raises(RasterReadError, match='cut.tif is truncated'):
        raster_info(f'{inside}/cut.tif')
    with pytest.raises(RasterReadError, match='empty.tif is empty'):
        raster_info(f'{inside}/empty.tif')
    with pytest.raises(RasterReadError, match='readme.md is not a readable raster'):
        raster_info(f'{inside}/readme.md')
    with pytest.raises(FileNotFoundError, match='other.tif does not exist'):
        raster_info(f'{inside}/other.tif')


class Ranges(BaseHTTPRequestHandler):
    """Serves parts of files, as object stores do."""

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body):
        path = Path(self.server.folder + self.path)
        if not path.is_file():
            self.send_error(404)
            return
        data, part = path.read_bytes(), self.headers.get('Range')
        first, last = 0, len(data) - 1
        if part:
            first, last = (int(n) for n in part.removeprefix('bytes=').split('-'))
        last = min(last, len(data) - 1)
        self.send_response(206 if part else 200)
        self.send_header('Content-Range', f'bytes {first}-{last}/{len(data)}')
        self.send_header('Content-Length', str(last - first + 1))
        self.send_header('Accept-Ranges', 'bytes')
        self.end_headers()
        if body:
            with self.server.sent.get_lock():
                self.server.sent.value += last - first + 1
            self.wfile.write(data[first : last + 1])

    def log_message(self, *_):
        pass


def _serve(server):
    server.serve_forever()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setenv('GDAL_HTTP_MAX_RETRY', '0')
    with ThreadingHTTPServer(('127.0.0.1', 0), Ranges) as server:
        server.folder, server.sent = str(tmp_path), FORK.Value('q', 0)
        # A process of its own, for rasterio may hold the interpreter while it waits.
        process = FORK.Process(target=_serve, args=(server,), daemon=True)
        process.start()
        yield server
        process.kill()
        process.join()


def test_a_remote_raster_is_read_in_parts(server, tmp_path, write_raster):
    pixels = image(0, 3, 1024)
    write_raster(tmp_path / 'a.tif', pixels, **TILES)
    address = f'http://127.0.0.1:{server.server_port}'
    for source in (f'/vsicurl/{address}/a.tif', f'{address}/a.tif'):
        (path,) = find_rasters(source, '/some/root')
        assert raster_info(path).width == 1024
        data, valid = read_window(path, Window(500, 400, 64, 64))
        assert valid.all()
        wanted = pixels[:, 400:464, 500:564].transpose(1, 2, 0)
        assert np.array_equal(data, wanted)
    assert 0 < server.sent.value < pixels.size / 4
    with pytest.raises(RasterReadError, match='gone.tif is not a readable raster'):
        raster_info(f'/vsicurl/{address}/gone.tif')


def test_a_mosaic_of_parts_in_an_archive(archives):
    def mosaic(archive):
        part = f'/vsizip/{archives}/{archive}/images/s0.tif'
        return write_mosaic(archives / f'{archive}.vrt', part, side=64, band=2)

    path = mosaic('all.zip')
    assert raster_info(path).bands == 1
    pixels, _ = read_window(path, Window(0, 0, 64, 64))
    assert np.array_equal(pixels[..., 0], image(0)[1])
    with pytest.raises(RasterReadError, match=r'gone.zip/.* does not exist'):
        raster_info(mosaic('gone.zip'))


def coordinates(height=90, width=130):
    rows, cols = np.mgrid[:height, :width]
    return np.stack([cols, rows]).astype('uint16')


@pytest.mark.parametrize('size', [(13, 9), (40, 25), (130, 90), (7, 90)])
@pytest.mark.parametrize(
    'window', [(0, 0, 130, 90), (-20, 30, 100, 120), (5, 7, 60, 33)]
)
def test_shrunk_pixels_are_those_in_the_middle(tmp_path, write_raster, window, size):
    path = write_raster(tmp_path / 'a.tif', coordinates())
    pixels, valid = read_window(path, Window(*window), out_size=size)
    col, row, width, height = window
    x = col + (np.arange(size[0]) + 0.5) * width / size[0]
    y = row + (np.arange(size[1]) + 0.5) * height / size[1]
    # A pixel that reaches over the border is invalid.
    in_x = (x - width / size[0] / 2 >= -1e-6) & (x + width / size[0] / 2 <= 130 + 1e-6)
    in_y = (y - height / size[1] / 2 >= -1e-6) & (y + height / size[1] / 2 <= 90 + 1e-6)
    inside = in_y[:, None] & in_x
    assert np.array_equal(valid, inside)
    # Within half a pixel of the centre: where it falls between two, either will do.
    for band, centre in enumerate(np.broadcast_arrays(x[None], y[:, None])):
        error = pixels[..., band] + 0.5 - centre
        assert np.abs(error[inside]).max() <= 1.01


def test_shrunk_windows_come_from_overviews(tmp_path, write_raster):
    path = write_raster(tmp_path / 'a.tif', np.full((1, 512, 512), 9, 'uint8'), **TILES)
    with rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4])
        file.write(np.full((1, 512, 512), 7, 'uint8'))  # leaves the overviews at 9
    assert (read_window(path, Window(0, 0, 512, 512))[0] == 7).all()
    shrunk, _ = read_window(path, Window(0, 0, 512, 512), out_size=(128, 128))
    assert (shrunk == 9).all()


def test_shrunk_windows_keep_the_rules_of_validity(tmp_path, write_raster):
    left = np.zeros((256, 256), bool)
    left[:, :100] = True
    floats = np.full((2, 256, 256), 5, 'float32')
    floats[1, left] = np.nan
    negative = np.full((2, 256, 256), 5, 'int16')
    negative[0, left] = -9999
    masked = np.full((2, 256, 256), 5, 'uint8')
    masked[:, left] = 200
    paths = [
        write_raster(tmp_path / 'nan.tif', floats, **TILES),
        write_raster(tmp_path / 'neg.tif', negative, nodata=-9999, **TILES),
        write_raster(tmp_path / 'mask.tif', masked, **TILES),
    ]
    with rasterio.open(paths[2], 'r+') as file:
        file.write_mask(np.where(left, 0, 255).astype('uint8'))
    for path in paths:
        for overviews in (False, True):
            if overviews:
                with rasterio.open(path, 'r+') as file:
                    file.build_overviews([2, 4], rasterio.enums.Resampling.average)
            pixels, valid = read_window(path, Window(0, 0, 256, 256), out_size=(48, 48))
            # Column 100 lies at 18.75 of 48.
            assert not valid[:, :18].any() and valid[:, 20:].all()
            assert (pixels[valid] == 5).all() and (pixels[~valid] == 0).all()


def test_shrunk_windows_see_what_a_sparse_file_does_not_store(tmp_path):
    path = str(tmp_path / 'a.tif')
    profile = dict(driver='GTiff', count=2, width=128, height=128, dtype='uint8')
    with rasterio.open(path, 'w', **profile, **TILES, sparse_ok=True) as out:
        out.write(np.full((2, 64, 64), 5, 'uint8'), window=((0, 64), (64, 128)))
    _, valid = read_window(path, Window(0, 0, 128, 128), out_size=(16, 16))
    assert valid[:8, 8:].all() and valid.sum() == 64


def test_a_users_own_settings_win(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('GDAL_CACHEMAX', '64')
    apply_settings()
    found = {name: os.environ[name] for name in SETTINGS}
    assert found == {**SETTINGS, 'GDAL_CACHEMAX': '64'}
