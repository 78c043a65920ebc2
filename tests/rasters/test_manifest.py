"""Damage that readers do not notice: checksums of blocks, and of whole files."""

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio

from glcnet_mm.inspection.check import check_set
from glcnet_mm.rasters.block_checksums import verify_checksums
from tests.layouts import write_mosaic

TILES = dict(tiled=True, blockxsize=64, blockysize=64, compress='deflate')


@pytest.fixture
def root(tmp_path, write_raster):
    rng = np.random.default_rng(0)
    for name in ('a', 'b'):
        pixels = rng.integers(0, 50, (2, 100, 100), 'uint8')
        write_raster(tmp_path / f'images/{name}.tif', pixels, **TILES)
        labels = rng.integers(0, 2, (100, 100), 'uint8')
        write_raster(tmp_path / f'labels/{name}.tif', labels, **TILES)
    (tmp_path / 'classes.csv').write_text('id,name\n0,water\n1,field\n')
    return tmp_path


def check(root, everything=True, **options):
    settings = dict(window=64)
    return check_set(str(root), 'generic', settings, everything, **options)


def damage_silently(path):
    """Flips a bit so that the pixels change and GDAL says nothing."""
    sound = Path(path).read_bytes()
    with rasterio.open(path) as source:
        pixels = source.read()
        start = int(source.get_tag_item('BLOCK_OFFSET_0_0', 'TIFF', 1))
        size = int(source.get_tag_item('BLOCK_SIZE_0_0', 'TIFF', 1))
    for place in range(start + size - 5, start, -1):
        changed = bytearray(sound)
        changed[place] ^= 16
        Path(path).write_bytes(changed)
        try:
            with rasterio.open(path) as source:
                if not np.array_equal(source.read(), pixels):
                    return
        except rasterio.errors.RasterioError:
            continue
    raise AssertionError('every flipped bit was noticed')


def test_a_flipped_bit_is_found_by_its_checksum(root):
    text, problems = check(root)
    assert problems == 0 and 'verified in 4 of 4 files' in text
    path = root / 'labels/b.tif'
    damage_silently(path)
    # That is what reading alone tells.
    assert check(root, everything=False)[1] == 0
    text, problems = check(root)
    assert problems == 1
    assert f'PROBLEM: {path} is damaged: the block at column 0, row 0' in text
    assert 'does not fit its checksum' in text


@pytest.mark.parametrize(
    'options',
    [
        dict(compress='deflate', blockysize=7),
        dict(**TILES, interleave='pixel', predictor=2),
        dict(**TILES, interleave='band', bigtiff='yes'),
        dict(compress='deflate', nbits=4),
    ],
)
def test_every_layout_of_blocks_is_verified(tmp_path, write_raster, options):
    pixels = np.random.default_rng(0).integers(0, 15, (3, 150, 130), 'uint8')
    path = write_raster(tmp_path / 'a.tif', pixels, **options)
    with rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4])
    found = verify_checksums(path)
    assert found.fault is None and found.blocks > 3
    with rasterio.open(path) as source:
        offset = int(source.get_tag_item('BLOCK_OFFSET_0_0', 'TIFF', 1, 0))
        size = int(source.get_tag_item('BLOCK_SIZE_0_0', 'TIFF', 1, 0))
    content = bytearray(Path(path).read_bytes())
    content[offset + size - 1] ^= 1  # of the checksum itself
    Path(path).write_bytes(content)
    assert 'a.tif is damaged: in overview 1 the block' in verify_checksums(path).fault


def test_sparse_blocks_and_other_coders_carry_none(tmp_path, write_raster):
    profile = dict(driver='GTiff', width=256, height=256, count=1, dtype='float32')
    path = str(tmp_path / 'sparse.tif')
    with rasterio.open(path, 'w', **profile, **TILES, sparse_ok=True) as file:
        file.write(np.ones((1, 64, 64), 'float32'), window=((64, 128), (0, 64)))
    assert verify_checksums(path) == (1, None)
    path = write_raster(tmp_path / 'lzw.tif', np.ones((1, 9, 9)), compress='lzw')
    assert verify_checksums(path) == (0, None)


def test_parts_of_mosaics_and_members_of_archives_are_verified(root):
    part = root / 'images/a.tif'
    mosaic = write_mosaic(root / 'images/m.vrt', 'a.tif', side=100)
    with zipfile.ZipFile(root / 'sound.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.write(part, 'a.tif')
    sound = verify_checksums(f'/vsizip/{root}/sound.zip/a.tif')
    assert sound == verify_checksums(mosaic) == (4, None)
    damage_silently(part)
    assert f'{part} is damaged' in verify_checksums(mosaic).fault
    with zipfile.ZipFile(root / 'bad.zip', 'w') as archive:
        archive.write(part, 'a.tif')
    assert verify_checksums(f'/vsizip/{root}/bad.zip/a.tif').fault is not None


def test_a_manifest_is_written_and_then_compared(root):
    manifest = root / 'sums.txt'
    text, problems = check(root, manifest=str(manifest))
    assert problems == 0 and f'{manifest}: noted the SHA-256 of 4 files.' in text
    # It is what sha256sum reads.
    subprocess.run(['sha256sum', '-c', 'sums.txt'], cwd=root, check=True)
    assert check(root, manifest=str(manifest))[1] == 0
    path = root / 'images/a.tif'
    path.write_bytes(path.read_bytes() + b'1')
    for kind in ('images', 'labels'):
        (root / kind / 'b.tif').rename(root / kind / 'c.tif')
    text, problems = check(root, manifest=str(manifest))
    assert problems == 5
    assert f'PROBLEM: {path} is not what {manifest} notes' in text
    assert f'{root}/labels/c.tif is not in {manifest}' in text
    assert f'{root}/labels/b.tif, which {manifest} notes, does not exist' in text


def test_a_manifest_finds_which_header_is_damaged(root):
    manifest = root / 'sums.txt'
    check(root, manifest=str(manifest))
    path = root / 'images/b.tif'
    path.write_bytes(b'II' + bytes(500))
    text, problems = check(root, manifest=str(manifest))
    assert problems >= 2 and f'PROBLEM: {path} is not what' in text


def test_something_else_is_no_manifest(root):
    with pytest.raises(ValueError, match=r'classes.csv is no manifest: the line "id,'):
        check(root, manifest=str(root / 'classes.csv'))
    assert (root / 'classes.csv').read_text().startswith('id,name')


def test_the_tool_takes_a_manifest(root, call_tool):
    options = ('--set', 'generic', '--options', 'window=64', '--manifest')
    out, end = call_tool('check_data.py', root, root, *options, 'sums.txt')
    assert end == 0 and 'noted the SHA-256 of 4 files' in out
    (root / 'labels/a.tif').write_bytes((root / 'labels/b.tif').read_bytes())
    out, end = call_tool('check_data.py', root, root, *options, 'sums.txt')
    assert end == 1 and 'labels/a.tif is not what sums.txt notes' in out
    _, end = call_tool('check_data.py', root, root, *options, 'classes.csv/sums.txt')
    assert 'cannot be made: classes.csv cannot be written' in end
