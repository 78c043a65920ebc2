"""Longitudes are modulo 360: the same ground, whatever turn a file counts from."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from glcnet_mm.datasets import DatesDataset
from glcnet_mm.inspection.facts import misplacement
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.rasters.raster_io import Window, raster_info, read_window
from glcnet_mm.splits.overlap import ground_groups, window_bounds
from tests.layouts import windows_of

STEP, SIDE, NORTH = 2 / 111320, 96, 40.0


def degrees(west, side=SIDE, step=STEP):
    return dict(crs='EPSG:4326', transform=from_origin(west, NORTH, step, step))


def ramp(west, side=SIDE, step=STEP):
    """Columns count metres to the east of ``west``, rows to the south of NORTH."""
    cols, rows = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    return np.stack([cols, rows]).astype('float32') * step / STEP + 100


def near_utm(west, side, pixel=2.0):
    """A grid of the UTM zone around the middle of a raster at ``west``."""
    lon, lat = (west + SIDE / 2 * STEP + 180) % 360 - 180, NORTH - SIDE / 2 * STEP
    crs = CRS.from_epsg(32600 + int((lon + 180) // 6) + 1)
    (x,), (y,) = transform('EPSG:4326', crs, [lon], [lat])
    half = side / 2 * pixel
    return dict(crs=crs, transform=from_origin(x - half, y + half, pixel, pixel))


# The usual form, one turn on, one and two turns back, and across the antimeridian.
WESTS = [-110.0, 250.0, -470.0, -830.0, 179.9995, -180.0005, 539.9995]


@pytest.mark.parametrize('west', WESTS)
def test_all_of_a_raster_is_seen_at_a_ground_sample_distance(
    west, tmp_path, write_raster
):
    write_raster(tmp_path / 'images/a.tif', ramp(west), **degrees(west))
    # Labels: east or west of the middle, counted from another turn.
    labels = (np.arange(SIDE) >= SIDE // 2) * np.ones((SIDE, 1))
    other = west - 360 if west > 0 else west + 360
    write_raster(tmp_path / 'labels/a.tif', labels.astype('uint8'), **degrees(other))
    dataset = windows_of(tmp_path, window=64, gsd=2.0, classes=['west', 'east'])
    info = dataset.index.infos[0]
    # 2/111320 degrees are 2 m to the north and 1.53 m to the east.
    assert abs(info.width - SIDE * 0.767) < 4 and abs(info.height - SIDE) < 4
    seen = np.zeros(2)
    for number in range(len(dataset)):
        sample = dataset[number]
        valid, east = sample['valid'], sample['img'][..., 0] - 100
        known = valid & (sample['gt_seg_map'] < 2) & (abs(east - SIDE / 2) > 2)
        assert known.sum() > 0.9 * valid.sum() - 400
        assert ((east > SIDE / 2) == sample['gt_seg_map'])[known].all()
        seen += valid.sum(), known.sum()
    assert seen[0] > 0.9 * info.width * info.height and seen[1] > 0.9 * seen[0]


@pytest.mark.parametrize('west', WESTS)
def test_a_stack_shows_the_same_ground(west, tmp_path, write_raster):
    size = 40
    write_raster(
        tmp_path / 'utm/a.tif',
        np.ones((1, size, size), 'uint8'),
        **near_utm(west, size),
    )
    write_raster(tmp_path / 'lonlat/a.tif', ramp(west), **degrees(west))
    sources = {str(tmp_path / name): None for name in ('utm', 'lonlat')}
    (stack,) = stack_bands(str(tmp_path / 'stack'), sources)
    pixels, valid = read_window(stack, Window(0, 0, size, size))
    assert valid.all()
    assert pixels[size // 2, size // 2, 1:] == pytest.approx(100 + SIDE / 2, abs=1.5)
    # And the other way round, on a grid of degrees.
    (stack,) = stack_bands(str(tmp_path / 'back'), dict(reversed(sources.items())))
    _, valid = read_window(stack, Window(0, 0, SIDE, SIDE))
    assert valid[SIDE // 2 - 10 : SIDE // 2 + 10, SIDE // 2 - 10 : SIDE // 2 + 10].all()


@pytest.mark.parametrize('turn', [-360, 360])
@pytest.mark.parametrize('gsd', [None, 2.0])
@pytest.mark.parametrize('west', [-110.0, 179.9995])
def test_dates_of_one_place_are_found(turn, gsd, west, tmp_path, write_raster):
    write_raster(tmp_path / 'a.tif', ramp(west), **degrees(west))
    write_raster(tmp_path / 'b.tif', ramp(west), **degrees(west + turn))
    dataset = DatesDataset(
        '.', 32, [dict(type='LoadRaster')], data_root=str(tmp_path), gsd=gsd
    )
    assert dataset.dated_share() > 0.9
    sample = dataset[0]
    first, second = sample['img'], sample['other']['img']
    col, row = np.rint(sample['other']['matrix'] @ (16, 16, 1))[:2].astype(int)
    assert second[row, col] == pytest.approx(first[16, 16], abs=1)


def test_scenes_that_share_ground_stay_on_one_side_of_a_split(tmp_path, write_raster):
    places = [-110.0, 250.0, -111.0, 179.9995, -180.0003]
    infos = [
        raster_info(write_raster(tmp_path / f'{n}.tif', ramp(w), **degrees(w)))
        for n, w in enumerate(places)
    ]
    utm = near_utm(-110.0, 30)
    pixels = np.ones((1, 30, 30), 'uint8')
    infos.append(raster_info(write_raster(tmp_path / 'utm.tif', pixels, **utm)))
    groups = ground_groups(infos)
    assert groups[0] == groups[1] == groups[5] and groups[3] == groups[4]
    assert len({*groups.tolist()}) == 3
    window = np.array([[10, 10, 20, 20]])
    here, there = (window_bounds(infos[n], window, infos[0]) for n in (0, 1))
    assert there == pytest.approx(here, abs=0.01)


def test_a_label_one_turn_away_lies_on_its_image(tmp_path, write_raster):
    image = raster_info(write_raster(tmp_path / 'a.tif', ramp(250), **degrees(250)))
    moved = image.transform
    moved = Affine.translation(-360, 0) @ moved
    assert misplacement(image, image._replace(transform=moved)) == ''
    moved = Affine.translation(3 * STEP, 0) @ moved
    assert 'lies 3 pixels off' in misplacement(image, image._replace(transform=moved))
