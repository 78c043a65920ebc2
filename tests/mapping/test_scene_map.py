import os

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from glcnet_mm.mapping import SlidingWindow, map_scene, streaming
from glcnet_mm.mapping import scene_map as module
from glcnet_mm.mapping.blend_weights import blend_weights
from glcnet_mm.mapping.scene_map import cache_bytes
from glcnet_mm.mapping.tiling import Plan
from glcnet_mm.mapping.window_plan import window_starts
from glcnet_mm.rasters.raster_io import Window, read_window
from tests.held_locks import other_process

CLASSES = ('water', 'field & forest', 'town')


def whole_scene_logits(segmentor, scene, height, width, window, overlap):
    """Every window on its own, summed over the whole scene in float64."""
    rows = window_starts(height, window, overlap)
    columns = window_starts(width, window, overlap)
    row_weights = blend_weights(height, window, rows)
    column_weights = blend_weights(width, window, columns)
    sums = np.zeros((3, height + window, width + window))
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            place = Window(left, top, window, window)
            pixels, valid = read_window(scene, place)
            logits = segmentor(scene, [(place, pixels, valid)])[0]
            weight = np.outer(row_weights[i], column_weights[j])
            sums[:, top : top + window, left : left + window] += logits * weight
    return sums[:, :height, :width]


@pytest.mark.parametrize(
    ('height', 'width', 'border'),
    [(75, 101, 40), (32, 32, 0), (20, 90, 5), (1, 57, 3), (70, 1, 3), (9, 7, 2)],
)
def test_map_equals_brute_force(
    segmentor, write_scene, tmp_path, height, width, border
):
    scene = write_scene(height, width, border=border)
    out, shares = str(tmp_path / 'map.tif'), str(tmp_path / 'shares.tif')
    map_scene(
        segmentor,
        scene,
        out,
        shares,
        sliding=SlidingWindow(overlap_px=10, batch_size=3),
    )

    logits = whole_scene_logits(segmentor, scene, height, width, 32, 10)
    rows, columns = np.indices((height, width))
    valid = rows + columns >= border
    with rasterio.open(out) as file:
        classes = file.read(1)
    assert classes.shape == (height, width)
    assert (classes[~valid] == 255).all()
    margin = np.diff(np.sort(logits, axis=0)[-2:], axis=0)[0]
    sure = valid & (margin > 1e-4)
    np.testing.assert_array_equal(classes[sure], logits.argmax(0)[sure])
    assert sure.sum() > 0.95 * valid.sum()

    probabilities = np.exp(logits) / np.exp(logits).sum(0)
    with rasterio.open(shares) as file:
        scaled = file.read() * np.array(file.scales)[:, None, None]
        assert (file.read()[:, ~valid] == 255).all()
        assert file.descriptions[2] == 'probability of town'
    assert abs(scaled - probabilities)[:, valid].max() <= 0.0021


def test_more_lines_than_a_row_of_blocks(segmentor, write_scene, tmp_path):
    scene = write_scene(600, 40, border=0)
    out = str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out, sliding=SlidingWindow(overlap_px=0, batch_size=8))
    logits = whole_scene_logits(segmentor, scene, 600, 40, 32, 0)
    with rasterio.open(out) as file:
        assert (file.read(1) == logits.argmax(0)).mean() > 0.999


@pytest.mark.parametrize(
    ('side', 'blocks'), [(64, 0), (1024, 10 * 2), (2048, 5 * 2), (4096, 1e9)]
)
def test_blocks_under_a_row_of_windows_are_kept(tmp_path, side, blocks):
    path = str(tmp_path / 'a.tif')
    profile = dict(driver='GTiff', count=3, width=10000, height=9000, dtype='uint16')
    profile |= dict(tiled=True, blockxsize=side, blockysize=side, sparse_ok=True)
    with rasterio.open(path, 'w', **profile):
        pass
    needed = blocks * side**2 * 3 * 2
    plan = Plan(9000, 10000, 32, 8, 2, 6)
    assert cache_bytes(path, plan) == min(max(needed, 2**26), 2**28)


def test_batch_size_does_not_change_the_map(segmentor, write_scene, tmp_path):
    scene, maps = write_scene(), []
    for batch_size in (1, 4, 100):
        out = str(tmp_path / f'{batch_size}.tif')
        shares = str(tmp_path / f'p{batch_size}.tif')
        map_scene(
            segmentor, scene, out, shares, sliding=SlidingWindow(batch_size=batch_size)
        )
        with rasterio.open(out) as classes, rasterio.open(shares) as file:
            maps.append((classes.read(), file.read().astype(int)))
    for classes, shares in maps[1:]:
        assert (classes == maps[0][0]).mean() > 0.999
        assert abs(shares - maps[0][1]).max() <= 1  # one step of rounding


def test_file_opens_with_position_colours_and_names(segmentor, write_scene, tmp_path):
    scene, out = write_scene(), str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out)
    with rasterio.open(scene) as source, rasterio.open(out) as file:
        assert file.crs == source.crs
        assert file.transform == source.transform
        assert (file.count, file.dtypes, file.nodata) == (1, ('uint8',), 255)
        assert file.profile['tiled']
        assert file.block_shapes == [(512, 512)]
        assert file.tags(ns='IMAGE_STRUCTURE')['LAYOUT'] == 'COG'
        assert file.compression.value == 'DEFLATE'
        assert file.colorinterp == (ColorInterp.palette,)
        colours = file.colormap(1)
        assert file.tags(1)['CLASS_1'] == 'field & forest'
    assert [colours[i][:3] for i in range(3)] == [
        (0, 0, 255),
        (0, 200, 0),
        (200, 30, 30),
    ]
    assert colours[255] == (0, 0, 0, 0)
    # GDAL itself, asked for all it knows of the band, has read the category names.
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='FALSE'):
        rasterio.shutil.copy(out, tmp_path / 'map.vrt', driver='VRT')
    described = (tmp_path / 'map.vrt').read_text()
    for name in ('water', 'field &amp; forest', 'town'):
        assert f'<Category>{name}</Category>' in described


@pytest.mark.parametrize('scale', [0.5, 100])
def test_rotated_scene_without_crs(segmentor, write_scene, tmp_path, scale):
    transform = Affine(scale * 0.8, scale * 0.6, 7, scale * 0.6, -scale * 0.8, 9)
    scene = write_scene(crs=None, transform=transform)
    out = str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out)
    with rasterio.open(out) as file:
        assert file.crs is None
        assert file.transform.almost_equals(transform)


def test_control_points_and_rpcs_are_kept(segmentor, write_scene, tmp_path):
    scene = write_scene(crs=None, transform=None)
    corners = [(0, 0), (0, 101), (75, 0), (75, 101)]
    points = [
        GroundControlPoint(row, col, 12 + col / 1e4, 45 - row / 1e4, 0)
        for row, col in corners
    ]
    with rasterio.open(scene, 'r+') as file:
        file.gcps = points, 'EPSG:4326'
    out = str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out)
    with rasterio.open(out) as file:
        kept, crs = file.gcps
    assert crs.to_epsg() == 4326
    assert [(p.row, p.col, p.x, p.y) for p in kept] == [
        (p.row, p.col, p.x, p.y) for p in points
    ]


def test_world_file_gives_the_position(segmentor, write_scene, tmp_path):
    scene = write_scene(crs=None, transform=None)
    world = '0.5\n0\n0\n-0.5\n1000.25\n1999.75\n'
    (tmp_path / 'scene.tfw').write_text(world)
    out = str(tmp_path / 'map.tif')
    map_scene(segmentor, scene, out)
    with rasterio.open(out) as file:
        assert file.transform == Affine(0.5, 0, 1000, 0, -0.5, 2000)


def test_windows_of_nodata_need_no_forward_pass(segmentor, write_scene, tmp_path):
    scene, out = write_scene(border=75), str(tmp_path / 'map.tif')
    seen = []

    def count(_, arguments):
        seen.extend(sample.valid.data.any() for sample in arguments[0]['data_samples'])

    segmentor.model.data_preprocessor.register_forward_pre_hook(count)
    map_scene(segmentor, scene, out, sliding=SlidingWindow(overlap_px=0))
    assert all(seen)
    assert 0 < len(seen) < 12


def test_a_scene_of_nothing_but_nodata_is_refused(segmentor, write_scene, tmp_path):
    scene, out = write_scene(border=1000), tmp_path / 'map.tif'
    with pytest.raises(ValueError, match='no valid pixel'):
        map_scene(segmentor, scene, str(out))
    assert [path.name for path in tmp_path.glob('*.tif*')] == ['scene.tif']


def test_input_is_never_overwritten(segmentor, write_scene, tmp_path):
    scene = write_scene()
    before = open(scene, 'rb').read()
    link = tmp_path / 'link.tif'
    os.link(scene, link)
    mosaic = tmp_path / 'mosaic.vrt'
    rasterio.shutil.copy(scene, mosaic, driver='VRT')
    other = str(tmp_path / 'map.tif')
    for source, out, shares in [
        (scene, scene, None),
        (scene, str(link), None),
        (scene, other, scene),
        (str(mosaic), scene, None),
    ]:
        with pytest.raises(ValueError, match='would be overwritten'):
            map_scene(segmentor, source, out, shares)
    with pytest.raises(ValueError, match='both'):
        map_scene(segmentor, scene, other, other)
    assert open(scene, 'rb').read() == before
    assert not os.path.exists(other)


def test_output_that_cannot_be_written_is_refused_at_once(
    segmentor, write_scene, tmp_path
):
    scene = write_scene()
    segmentor.model.inference = None
    (tmp_path / 'file').write_text('')
    (tmp_path / 'folder.tif').mkdir()
    for out, message in [
        (tmp_path / 'file' / 'map.tif', 'cannot be written'),
        (tmp_path / 'folder.tif', 'is a folder'),
        (tmp_path / 'map.png', r'must end in \.tif'),
    ]:
        with pytest.raises(ValueError, match=message):
            map_scene(segmentor, scene, str(out))


def test_window_and_overlap_are_checked(segmentor, write_scene, tmp_path):
    scene, out = write_scene(), str(tmp_path / 'map.tif')
    with pytest.raises(ValueError, match='at least 1'):
        map_scene(segmentor, scene, out, sliding=SlidingWindow(window_px=0))
    with pytest.raises(ValueError, match='overlap'):
        map_scene(segmentor, scene, out, sliding=SlidingWindow(overlap_px=32))


def test_an_error_midway_leaves_the_old_map_and_nothing_else(
    segmentor, write_scene, tmp_path, monkeypatch
):
    scene = write_scene()
    folder = tmp_path / 'out'
    folder.mkdir()
    out = folder / 'map.tif'
    out.write_text('old')
    read, calls = read_window, []

    def break_in_the_third_row(*args):
        calls.append(args)
        if len(calls) == 3:
            raise ValueError('damaged')
        return read(*args)

    monkeypatch.setattr(streaming, 'read_window', break_in_the_third_row)
    with pytest.raises(ValueError, match='damaged'):
        map_scene(segmentor, scene, str(out), str(folder / 'shares.tif'))
    assert out.read_text() == 'old'
    assert [path.name for path in folder.iterdir()] == ['map.tif']


def test_leftovers_of_killed_calls_go(segmentor, write_scene, tmp_path):
    scene, out = write_scene(), tmp_path / 'map.tif'
    token = 'ab' * 16
    left = [tmp_path / f'.map.{name}.part.tif' for name in ('4711', token)]
    left.append(tmp_path / f'.map.tif.aux.{token}.part.xml')
    left.append(tmp_path / f'map.tif.parts/.r0_c0.{token}.part.tif')
    other = tmp_path / f'.map.b.{token}.part.tif'
    (tmp_path / 'map.tif.parts').mkdir()
    for path in [*left, other]:
        path.write_text('half')
    map_scene(segmentor, scene, str(out))
    assert out.exists() and other.exists()
    assert not any(path.exists() for path in left)
    assert not (tmp_path / '.map.tif.lock').exists()


def test_pieces_half_made_by_a_killed_call_go_before_the_work(
    segmentor, write_scene, tmp_path, monkeypatch
):
    """A map that is killed again and again would fill the disk."""
    scene, out = write_scene(), tmp_path / 'map.tif'
    left = tmp_path / f'map.tif.parts/.r0_c0.{"ab" * 16}.part.tif'
    left.parent.mkdir()
    left.write_text('half')
    seen = []

    def stop(*_):
        seen.extend(path.name for path in left.parent.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr(module, '_make_pieces', stop)
    with pytest.raises(KeyboardInterrupt):
        map_scene(segmentor, scene, str(out))
    assert seen == ['settings.json']


def test_two_calls_do_not_make_one_map(segmentor, write_scene, tmp_path):
    scene, out = write_scene(), tmp_path / 'map.tif'
    with other_process(tmp_path / '.map.tif.lock'):
        for part in (None, (1, 2)):
            with pytest.raises(ValueError, match='Another process is making .*map.tif'):
                map_scene(segmentor, scene, str(out), part=part)
    assert not out.exists()
    map_scene(segmentor, scene, str(out))
    assert out.exists()
