"""Times a sample, reading, two views, matching, beside a plain way to write it.

    GLCNET_MM_DATA=/folder/of/imagery python benchmarks/view_speed.py

Tiles of 256 px in deflate, one thread. They come from DeepGlobe (``deepglobe/images``
of the folder), else they are smooth noise. The ways take turns; figures are medians of
processor time with the quartiles. The plain way reads by rasterio, transforms pixels
and an index image operation by operation, as most code does, and looks for pixels that
both index images hold. Writes benchmarks/results/view_speed.json.
"""

import os
import tempfile
from pathlib import Path

import cv2
import numpy as np
import rasterio
import torch
from common import (
    imagery,
    processor,
    seconds_in_turn,
    smooth_pixels,
    spread,
    write_result,
)
from mmengine.config import Config
from rasterio.transform import from_origin

from glcnet_mm.datasets import SampleKey, WindowDataset, stack_samples
from glcnet_mm.models.matching.region_matching import match_regions
from glcnet_mm.rasters import raster_io
from glcnet_mm.rasters.small_files import SWITCH

ROOT = Path(__file__).parents[1]
TILE, VIEW, TILES, REPEATS, BATCH = 256, 224, 100, 100, 64
REGIONS, SIDE = 4, 48


def write_tiles(folder: Path) -> str:
    """Writes the tiles; says what they show."""
    real = imagery()
    found = sorted((real / 'deepglobe/images').glob('*.jpg')) if real else []
    settings = dict(driver='GTiff', count=3, width=TILE, height=TILE, dtype='uint8')
    settings |= dict(compress='deflate', crs='EPSG:32633')
    for number in range(TILES):
        if found:
            with rasterio.open(found[number % len(found)]) as source:
                pixels = source.read()[:, :TILE, :TILE]
        else:
            pixels = smooth_pixels(3, TILE, number)
        place = from_origin(500_000, 5_000_000 + number, 1, 1)
        path = folder / f'{number:03d}.tif'
        with rasterio.open(path, 'w', transform=place, **settings) as target:
            target.write(pixels)
    return 'DeepGlobe' if found else 'smooth noise'


def plain_sample(path: str, rng: np.random.Generator) -> tuple:
    """Two views and their matched places, operation by operation."""
    with rasterio.open(path) as source:
        image = np.ascontiguousarray(source.read().transpose(1, 2, 0))
    index = np.arange(TILE * TILE, dtype=np.float32).reshape(TILE, TILE)
    views = [plain_view(image, index, rng) for _ in range(2)]
    return views, plain_matches(views[0][1], views[1][1], rng)


def plain_view(image: np.ndarray, index: np.ndarray, rng: np.random.Generator) -> tuple:
    """One view: crop, resize, flips, turns, colours, noise and blur."""
    side = int(TILE * np.sqrt(rng.uniform(0.3, 1)))
    y, x = rng.integers(TILE - side + 1, size=2)
    part = np.s_[y : y + side, x : x + side]
    image = cv2.resize(image[part], (VIEW, VIEW))
    index = cv2.resize(index[part], (VIEW, VIEW), interpolation=cv2.INTER_NEAREST)
    for axis in (0, 1):
        if rng.random() < 0.5:
            image, index = np.flip(image, axis), np.flip(index, axis)
    turns = int(rng.integers(4))
    image, index = np.rot90(image, turns), np.rot90(index, turns)
    if rng.random() < 0.8:
        hsv = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HSV)
        hsv = hsv.astype(np.float32) + rng.uniform(-15, 15, 3)
        hsv[..., 0] %= 180
        hsv = hsv.clip(0, [179, 255, 255]).astype(np.uint8)
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
        image = image * rng.uniform(0.8, 1.2) + rng.uniform(-10, 10)
        hit = rng.random(image.shape) < 0.001
        image[hit] = rng.uniform(0, 255, hit.sum())
        image = image.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(np.ascontiguousarray(image), (5, 5), 0)
    pixels = torch.from_numpy(image.transpose(2, 0, 1).copy()).float()
    return pixels, index.copy()


def plain_matches(one: np.ndarray, two: np.ndarray, rng: np.random.Generator) -> list:
    """Centres of regions that both index images hold, which do not overlap."""
    half, found, free = SIDE // 2, [], np.ones_like(one, bool)
    inner = np.s_[half : VIEW - half, half : VIEW - half]
    for _ in range(REGIONS):
        possible = np.intersect1d(one[inner][free[inner]], two[inner])
        if not len(possible):
            break
        pick = rng.choice(possible)
        places = [np.argwhere(index[inner] == pick)[0] + half for index in (one, two)]
        found.append(places)
        y, x = places[0]
        free[max(y - half, 0) : y + half, max(x - half, 0) : x + half] = False
    return found


def ways_of(folder: str) -> dict:
    """Every way to make sample ``i``; the data set's window is the tile."""
    views = Config.fromfile(ROOT / 'configs/_base_/views/glcnet.py')
    make = dict(type='MakeViews', views=[views.view1, views.view2], crop=TILE)
    load, pack = dict(type='LoadRaster'), dict(type='PackViews')
    whole = WindowDataset(folder, TILE, [load, make, pack])
    reading = WindowDataset(folder, TILE, [load])
    paths = [info.path for info in whole.sources]
    rng = np.random.default_rng(0)

    def cold(data: WindowDataset, number: int) -> dict:
        os.environ[SWITCH] = '0'
        # One half of the tiles is opened each time, the other half stays decoded.
        raster_io.forget(paths[number % (TILES // 2)])
        sample = data[SampleKey(0, number, number % (TILES // 2))]
        del os.environ[SWITCH]
        return sample

    def kept(data: WindowDataset, number: int) -> dict:
        return data[SampleKey(0, number, TILES // 2 + number % (TILES // 2))]

    for number in range(TILES):
        reading[number]
    return dict(
        plain=lambda i: plain_sample(paths[i % TILES], rng),
        sample=lambda i: cold(whole, i),
        reading=lambda i: cold(reading, i),
        sample_kept=lambda i: kept(whole, i),
        reading_kept=lambda i: kept(reading, i),
    )


def matching(folder: str) -> dict:
    """Of a batch, per sample; in training it runs beside the network."""
    views = Config.fromfile(ROOT / 'configs/_base_/views/glcnet.py')
    make = dict(type='MakeViews', views=[views.view1, views.view2], crop=TILE)
    pipeline = [dict(type='LoadRaster'), make, dict(type='PackViews')]
    data = WindowDataset(folder, TILE, pipeline)
    batch = stack_samples([data[i] for i in range(BATCH)])['data_samples'].fields
    parts = [batch[name] for name in ('homographies', 'valid', 'match_seed')]
    match = dict(match=lambda _: match_regions(*parts, regions=REGIONS, side=SIDE))
    return spread(seconds_in_turn(match, 20)['match'], BATCH)


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        shown = write_tiles(Path(folder))
        times = seconds_in_turn(ways_of(folder), REPEATS)
        per_sample = matching(folder)
    found = {name: spread(seconds) for name, seconds in times.items()}
    ours = {name: found[name]['ms'] + per_sample['ms'] for name in found}
    ratio = {
        name: round(found['plain']['ms'] / ours[name], 2)
        for name in ('sample', 'sample_kept')
    }
    result = dict(
        processor=processor(),
        threads=1,
        torch=torch.__version__,
        tiles=f'{TILES} of {TILE} px, 3 bands, deflate, {shown}',
        seconds='of processor time, median and quartiles, in turn',
        **found,
        matching_per_sample=per_sample,
        times_the_speed_of_plain=ratio,
    )
    summary = {
        'a sample with matching, file opened': f'{ours["sample"]:.2f} ms',
        'the same, file kept decoded': f'{ours["sample_kept"]:.2f} ms',
        'a plain implementation': f'{found["plain"]["ms"]:.2f} ms',
        'speed over plain': f'{ratio["sample"]} opened, {ratio["sample_kept"]} kept',
    }
    write_result('view_speed', result, summary)


if __name__ == '__main__':
    main()
