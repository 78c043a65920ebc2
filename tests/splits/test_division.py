"""Parts share no pixel and no ground: painted and counted, not computed alike."""

import numpy as np
import pytest
import rasterio
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from rasterio.warp import transform

from glcnet_mm.datasets.raster_index import RasterIndex, read_infos
from glcnet_mm.splits.division import LEFT_OUT, split_by_block, split_by_scene
from glcnet_mm.splits.overlap import ground_groups, unplaced

SHARES = dict(train=0.6, val=0.2, test=0.2)
EAST, NORTH = 500000.0, 5400000.0
CELL = 1.0


@pytest.fixture
def scene(tmp_path, write_raster):
    """Writes a raster of a size and place, returns its path."""

    def write(name, place=None, size=(160, 200), crs='EPSG:32633'):
        pixels = np.ones((1, *size), 'uint8')
        place = Affine.identity() if place is None else place
        return write_raster(tmp_path / name, pixels, transform=place, crs=crs)

    return write


def grid(paths, window=16, stride=8):
    infos = read_infos(paths)
    index = RasterIndex(infos, window, stride)
    places = [index[n] for n in range(len(index))]
    scenes = np.array([s for s, _ in places])
    windows = np.array([w for _, w in places])
    return infos, scenes, windows, np.ones((len(scenes), 1))


def overlapping(scene):
    """Six scenes: offsets of parts of a pixel, coarser pixels, a turned one."""
    turned = Affine.translation(EAST + 150, NORTH - 60) @ Affine.rotation(20)
    return [
        scene('a.tif', from_origin(EAST, NORTH, 2, 2)),
        scene('b.tif', from_origin(EAST + 74.6, NORTH - 103.2, 2, 2)),
        scene('c.tif', from_origin(EAST + 200, NORTH - 200, 3, 3), (90, 110)),
        scene('d.tif', turned @ Affine.scale(2, -2), (120, 100)),
        scene('far.tif', from_origin(EAST + 9000, NORTH, 2, 2)),
        scene('nowhere.tif', None, crs=None),
    ]


def footprint(info, window):
    """Corners of the pixels of a window that exist."""
    col, row, width, height = map(float, window)
    right, bottom = min(col + width, info.width), min(row + height, info.height)
    corners = [(col, row), (right, row), (right, bottom), (col, bottom)]
    ring = [info.transform @ corner for corner in corners]
    return dict(type='Polygon', coordinates=[[*ring, ring[0]]])


def held(windows, parts, chosen):
    """``(3, rows, columns)``: the pixels of a scene that each part's windows hold."""
    pixels = np.zeros((3, 160 + 16, 200 + 16), int)
    for n in np.flatnonzero(chosen & (parts >= 0)):
        col, row, width, height = windows[n]
        pixels[parts[n], row : row + height, col : col + width] = 1
    return pixels


def painted(infos, scenes, windows, chosen):
    """Ground ``(rows, columns)`` under some windows, in cells of a metre."""
    canvas = from_origin(EAST - 50, NORTH + 150, CELL, CELL)
    shapes = [footprint(infos[scenes[n]], windows[n]) for n in np.flatnonzero(chosen)]
    return rasterize(shapes, (800, 950), transform=canvas).astype(bool)


@pytest.mark.parametrize('seed', [0, 1])
def test_blocks_of_parts_have_no_ground_in_common(scene, seed):
    infos, scenes, windows, ones = grid(overlapping(scene))
    parts = split_by_block(infos, scenes, windows, ones, SHARES, seed, block=48)
    assert set(parts) == {LEFT_OUT, 0, 1, 2}
    placed = np.isin(scenes, [0, 1, 2, 3])
    masks = [painted(infos, scenes, windows, placed & (parts == p)) for p in range(3)]
    assert all(mask.any() for mask in masks) and (np.sum(masks, 0) <= 1).all()
    for number in (4, 5):
        assert (held(windows, parts, scenes == number).sum(0) <= 1).all()


def test_blocks_smaller_than_windows_share_nothing_either(scene):
    """Windows of two parts reach into blocks that no window has its middle in."""
    infos, scenes, windows, ones = grid([scene('a.tif', None, crs=None)])
    keep = np.arange(len(scenes)) % 3 > 0
    scenes, windows, ones = scenes[keep], windows[keep], ones[keep]
    for seed in range(3):
        parts = split_by_block(infos, scenes, windows, ones, SHARES, seed, block=8)
        owners = held(windows, parts, scenes == 0)
        assert owners.any() and (owners.sum(0) <= 1).all()


def test_random_windows_would_share_ground(scene):
    """The check above can fail."""
    infos, scenes, windows, _ = grid(overlapping(scene))
    parts = np.random.default_rng(0).integers(0, 3, len(scenes))
    placed = np.isin(scenes, [0, 1, 2, 3])
    masks = [painted(infos, scenes, windows, placed & (parts == p)) for p in range(3)]
    assert (np.sum(masks, 0) > 1).any()


def test_blocks_hold_across_coordinate_systems(scene):
    """Pixel centres of one scene looked up in another one of the next UTM zone."""
    here = from_origin(300000, NORTH, 2, 2)
    x, y = transform('EPSG:32633', 'EPSG:32632', [300060], [NORTH - 50])
    there = from_origin(x[0], y[0], 2, 2)
    paths = [scene('a.tif', here), scene('b.tif', there, crs='EPSG:32632')]
    infos, scenes, windows, ones = grid(paths)
    assert len(set(ground_groups(infos))) == 1
    looked_up = 0
    for seed in range(3):
        parts = split_by_block(infos, scenes, windows, ones, SHARES, seed, block=48)
        owners = np.full((160, 200), LEFT_OUT)
        for n in np.flatnonzero((scenes == 0) & (parts >= 0)):
            col, row, width, height = windows[n]
            owners[row : row + height, col : col + width] = parts[n]
        for n in np.flatnonzero((scenes == 1) & (parts >= 0)):
            col, row, width, height = windows[n]
            rows, cols = np.mgrid[
                row : min(row + height, 160), col : min(col + width, 200)
            ]
            xs, ys = there @ (cols.ravel() + 0.5, rows.ravel() + 0.5)
            xs, ys = transform('EPSG:32632', 'EPSG:32633', xs, ys)
            cols, rows = (np.floor(v).astype(int) for v in ~here @ np.array([xs, ys]))
            inside = (cols >= 0) & (cols < 200) & (rows >= 0) & (rows < 160)
            met = owners[rows[inside], cols[inside]]
            looked_up += (met >= 0).sum()
            assert set(met) <= {LEFT_OUT, parts[n]}
    assert looked_up > 1000


def test_an_aligned_grid_loses_nothing_to_blocks(scene):
    infos, scenes, windows, ones = grid([scene('a.tif', None, crs=None)], stride=16)
    parts = split_by_block(infos, scenes, windows, ones, SHARES, 0, block=32)
    assert (parts != LEFT_OUT).all()
    shares = np.bincount(parts) / len(parts)
    assert np.allclose(shares, list(SHARES.values()), atol=0.05)


def test_scenes_that_overlap_stay_together(scene):
    paths = overlapping(scene)
    paths += [
        # A neighbour whose origin is rounded touches, and shares no pixel.
        scene('beside.tif', from_origin(EAST + 9000 + 400 - 1e-4, NORTH, 2, 2)),
        scene('again.tif', from_origin(EAST + 9000, NORTH, 2, 2)),
        *(scene(f's{n}.tif', None, crs=None) for n in range(4)),
    ]
    paths.append(paths[5])  # the same file once more
    infos, scenes, _, ones = grid(paths)
    groups = ground_groups(infos)
    assert len(set(groups[:4])) == 1 and groups[4] == groups[7] != groups[6]
    assert groups[5] == groups[12] and len(set(groups)) == 1 + 2 + 1 + 4
    assert unplaced(infos) == 6
    for seed in range(5):
        parts = split_by_scene(infos, scenes, ones, SHARES, seed)
        of_group = [set(parts[groups[scenes] == g]) for g in set(groups)]
        assert all(len(p) == 1 for p in of_group) and set(parts) == {0, 1, 2}


def test_what_the_shares_leave_is_in_no_part(scene):
    paths = [scene(f's{n}.tif', None, crs=None, size=(32, 32)) for n in range(20)]
    infos, scenes, windows, ones = grid(paths, stride=16)
    parts = split_by_scene(infos, scenes, ones, dict(a=0.25, b=0.25), 0)
    assert np.bincount(parts + 1).tolist() == [40, 20, 20]
    parts = split_by_block(infos, scenes, windows, ones, dict(a=0.25), 0, block=16)
    assert np.bincount(parts + 1).tolist() == [60, 20]


def test_classes_are_kept_where_asked_for(scene):
    """A class in four of forty scenes is in every part, which chance rarely gives."""
    paths = [scene(f's{n}.tif', None, crs=None, size=(16, 16)) for n in range(40)]
    infos, scenes, *_ = grid(paths, stride=16)
    classes = np.zeros((40, 2))
    classes[:, 0] = 1
    classes[::10] = (0.5, 0.5)
    amounts = np.concatenate([np.ones((40, 1)), classes], 1)
    shares = dict(a=0.5, b=0.5)
    by_chance = []
    for seed in range(10):
        parts = split_by_scene(infos, scenes, amounts, shares, seed)
        assert np.bincount(parts).tolist() == [20, 20]
        assert (parts[::10] == 0).sum() == 2
        parts = split_by_scene(infos, scenes, amounts[:, :1], shares, seed)
        by_chance.append((parts[::10] == 0).sum())
    assert len(set(by_chance)) > 2


def test_bad_divisions_are_refused(scene):
    infos, scenes, windows, ones = grid([scene('a.tif'), scene('b.tif')])
    common = (infos, scenes, windows, ones)
    for shares, message in [
        (dict(a=0.7, b=0.7), 'sum to 1.4'),
        (dict(a=0.7, b=-0.1), 'share of b must be positive'),
    ]:
        with pytest.raises(ValueError, match=message):
            split_by_scene(infos, scenes, ones, shares, 0)
        with pytest.raises(ValueError, match=message):
            split_by_block(*common, shares, 0, 48)
    with pytest.raises(ValueError, match=r'2 scenes, .*a.tif, make 1 groups .* block'):
        split_by_scene(infos, scenes, ones, dict(a=0.5, b=0.5), 0)
    with pytest.raises(ValueError, match='lie in 1 block of 999 px'):
        split_by_block(*common, dict(a=0.5, b=0.5), 0, 999)
    with pytest.raises(ValueError, match='at least 1 px, got 0'):
        split_by_block(*common, dict(a=1.0), 0, 0)


def test_real_dates_of_one_place_are_one_group(imagery):
    paths = sorted(map(str, (imagery / 'naip_series').glob('*.tif')))
    infos, scenes, windows, ones = grid(paths, 64, 64)
    assert len(set(ground_groups(infos))) == 1
    parts = split_by_block(infos, scenes, windows, ones, SHARES, 0, block=256)
    with rasterio.open(paths[0]) as first:
        where, size = first.transform, first.shape
    masks = [
        rasterize(
            [
                footprint(infos[scenes[n]], windows[n])
                for n in np.flatnonzero(parts == p)
            ],
            size,
            transform=where,
        )
        for p in range(3)
    ]
    assert all(mask.any() for mask in masks) and (np.sum(masks, 0) <= 1).all()
