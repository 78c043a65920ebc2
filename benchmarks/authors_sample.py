"""Times a sample, reading, two views, matched regions, beside the authors' own code.

    python benchmarks/authors_sample.py --authors G-RSIM/T-SS-GLCNet

The folder is that of a clone of https://github.com/GeoX-Lab/G-RSIM; without it ours is
timed alone. Tiles of 256 px with 4 bands, deflate, are read from their files and held
decoded, as the authors' code does by default; windows of a large tiled scene come alone
and 8 from a region, where the authors' code gets those of a rasterio loop. One thread,
the ways in turn, processor time, medians and quartiles. Imagery is NAIP
(``naip_series`` of ``GLCNET_MM_DATA``), else smooth noise. Writes
benchmarks/results/authors_sample.json.
"""

import argparse
import os

# A small block cache, so that a scene of this size is not simply kept in memory.
os.environ['GDAL_CACHEMAX'] = '4'

import importlib.util
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import rasterio
import torch
from common import (
    naip_scenes,
    processor,
    seconds_in_turn,
    smooth_pixels,
    spread,
    write_result,
)
from mmengine.config import Config
from rasterio.transform import from_origin
from rasterio.windows import Window

from glcnet_mm.datasets import SampleKey, WindowDataset, stack_samples
from glcnet_mm.models.matching.region_matching import match_regions
from glcnet_mm.rasters import raster_io
from glcnet_mm.rasters.small_files import SWITCH

ROOT = Path(__file__).parents[1]
TILE, TILES, SCENE, BATCH = 256, 64, 2048, 32
REGIONS, SIDE, PER_REGION = 4, 48, 8
FILE = 'utils/data_for_self_GLCNet.py'


class Uint8:
    """``numpy.uint8`` as it was before NumPy 2, which wrapped negative numbers."""

    dtype = np.dtype('uint8')

    def __call__(self, value: float) -> np.uint8:
        """The number modulo 256."""
        return np.asarray(value).astype(np.uint8)[()]


class OldNumpy:
    """NumPy with that type."""

    uint8 = Uint8()

    def __getattr__(self, name: str) -> object:
        return getattr(np, name)


def authors_code(folder: str) -> ModuleType:
    """Their module, with what it expects of older Python and NumPy."""
    spec = importlib.util.spec_from_file_location('authors', Path(folder) / FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.np = OldNumpy()
    draw = random.sample
    # Python 3.11 samples no sets any more.
    module.random = SimpleNamespace(
        sample=lambda population, count: draw(tuple(population), count),
        uniform=random.uniform,
    )
    return module


def authors_sample(code: ModuleType, image: np.ndarray) -> tuple:
    """Two views and the matched boxes of a tile, as their data set makes them."""
    index = np.arange(TILE * TILE).reshape(TILE, TILE, 1)
    *views, one, two = code.join_transform(image, index)
    views = [
        view.astype(np.float32).transpose(2, 0, 1).copy() / 255.0 * 3.2 - 1.6
        for view in views
    ]
    maps = [np.squeeze(place.astype(np.float32)) for place in (one, two)]
    return views, code.get_index(*maps, (SIDE, SIDE), REGIONS).astype(np.float32)


def write_files(folder: Path) -> str:
    """Tiles and a scene; says what they show."""
    found = naip_scenes()
    sources = [rasterio.open(path).read() for path in found[-3:]]
    sources = sources or [smooth_pixels(4, 1024, seed) for seed in range(3)]
    rng = np.random.default_rng(0)
    settings = dict(driver='GTiff', count=4, dtype='uint8', interleave='pixel')
    settings |= dict(compress='deflate', crs='EPSG:32633')
    (folder / 'tiles').mkdir()
    for number in range(TILES):
        pixels = sources[number % 3]
        row, col = (rng.integers(size - TILE + 1) for size in pixels.shape[1:])
        place = from_origin(500_000, 5_000_000 + number, 1, 1)
        path = folder / f'tiles/{number:03d}.tif'
        size = dict(width=TILE, height=TILE)
        with rasterio.open(path, 'w', transform=place, **size, **settings) as file:
            file.write(pixels[:, row : row + TILE, col : col + TILE])
    blocks = dict(tiled=True, blockxsize=512, blockysize=512, width=SCENE, height=SCENE)
    place = from_origin(500_000, 5_000_000, 1, 1)
    whole = np.pad(
        sources[0],
        [(0, 0), *((0, SCENE - size) for size in sources[0].shape[1:])],
        'reflect' if SCENE < 2 * min(sources[0].shape[1:]) else 'wrap',
    )
    path = folder / 'scene.tif'
    with rasterio.open(path, 'w', transform=place, **blocks, **settings) as file:
        file.write(whole)
    return 'NAIP' if found else 'smooth noise'


def data_set(images: Path, **sampling: int) -> WindowDataset:
    """Windows with the two views of GLCNet."""
    views = Config.fromfile(ROOT / 'configs/_base_/views/glcnet.py')
    make = dict(type='MakeViews', views=[views.view1, views.view2], crop=TILE)
    pipeline = [dict(type='LoadRaster'), make, dict(type='PackViews')]
    return WindowDataset(str(images), TILE, pipeline, sampling=sampling)


def ours(folder: Path) -> dict[str, Callable[[int], object]]:
    """Samples of this package, before their regions are matched in a batch."""
    tiles, half = data_set(folder / 'tiles'), TILES // 2
    paths = [info.path for info in tiles.sources]

    def opened(number: int) -> dict:
        os.environ[SWITCH] = '0'
        raster_io.forget(paths[number % half])
        sample = tiles[SampleKey(0, number, number % half)]
        del os.environ[SWITCH]
        return sample

    for number in range(half, TILES):
        tiles[number]
    scene = folder / 'scene.tif'
    alone = data_set(scene, num_windows=10**6)
    shared = data_set(scene, num_windows=10**6, windows_per_region=PER_REGION)
    # A batch, as a worker makes it, so that every call reads one region.
    return dict(
        opened=opened,
        kept=lambda i: tiles[SampleKey(0, i, half + i % half)],
        scene=lambda i: alone[i],
        scene_regions=lambda i: [shared[PER_REGION * i + n] for n in range(PER_REGION)],
    )


def theirs(code: ModuleType, folder: Path) -> dict[str, Callable[[int], object]]:
    """The same samples by the authors' code."""
    paths = sorted(map(str, (folder / 'tiles').glob('*.tif')))
    held = [code.io.imread(path) for path in paths]
    source, rng = rasterio.open(folder / 'scene.tif'), np.random.default_rng(0)

    def window(_: int) -> tuple:
        col, row = rng.integers(SCENE - TILE + 1, size=2)
        pixels = source.read(window=Window(col, row, TILE, TILE))
        return authors_sample(code, pixels.transpose(1, 2, 0).copy())

    return dict(
        authors_opened=lambda i: authors_sample(code, code.io.imread(paths[i % TILES])),
        authors_kept=lambda i: authors_sample(code, held[i % TILES].copy()),
        authors_scene=window,
    )


def matching(folder: Path, repeats: int) -> dict:
    """Of a batch, per sample; in training the device does it."""
    data = data_set(folder / 'tiles')
    batch = stack_samples([data[i] for i in range(BATCH)])['data_samples'].fields
    parts = [batch[name] for name in ('homographies', 'valid', 'match_seed')]
    match = dict(match=lambda _: match_regions(*parts, regions=REGIONS, side=SIDE))
    return spread(seconds_in_turn(match, repeats)['match'], BATCH)


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--authors', default=os.environ.get('GLCNET_MM_AUTHORS', ''))
    parser.add_argument('--repeats', type=int, default=60)
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    found = bool(args.authors) and (Path(args.authors) / FILE).exists()
    if not found:
        print(f'{args.authors or "--authors"}: no {FILE} there.', file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shown = write_files(folder)
        ways = ours(folder)
        if found:
            ways |= theirs(authors_code(args.authors), folder)
        times = seconds_in_turn(ways, args.repeats)
        match = matching(folder, max(args.repeats // 6, 3))
    per = dict.fromkeys(ways, 1) | dict(scene_regions=PER_REGION)
    figures = {way: spread(seconds, per[way]) for way, seconds in times.items()}
    summary = {}
    for way, peer in (
        ('opened', 'authors_opened'),
        ('kept', 'authors_kept'),
        ('scene', 'authors_scene'),
        ('scene_regions', 'authors_scene'),
    ):
        mine = figures[way]['ms'] + match['ms']
        line = f'{mine:.2f} ms'
        if found:
            other = figures[peer]['ms']
            line += f', authors {other:.2f} ms, {other / mine:.1f} times'
        summary[f'{way}, with matching'] = line
    if not found:
        summary['the authors'] = 'absent: give --authors'
    result = dict(
        processor=processor(),
        threads=1,
        torch=torch.__version__,
        imagery=shown,
        seconds='of processor time, median and quartiles, in turn',
        **figures,
        matching_per_sample=match,
    )
    write_result('authors_sample', result, summary)


if __name__ == '__main__':
    main()
