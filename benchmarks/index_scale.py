"""Times starts, index, sampler and reading of sets of many rasters.

    python benchmarks/index_scale.py [--files 1000] [--rasters 100000] [--scenes 160]

Writes benchmarks/results/index_scale.json. Every figure comes from a process of its own
and megabytes are what that process needed beyond its state before. Times are processor
time, which other work on the machine changes little, but for ``elapsed_seconds``. The
two orders of reading are timed in turn.
"""

import argparse
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import rasterio
from common import apart, processor, write_result
from rasterio.transform import from_origin

from glcnet_mm.datasets import InfinitePerSampleSampler, WindowDataset
from glcnet_mm.datasets.raster_index import RasterIndex
from glcnet_mm.rasters import raster_io
from glcnet_mm.rasters.raster_io import RasterInfo

BATCH = 64
BATCHES = 32
REPEATS = 3
SIDE = 64
READ_FACTS = ('windows_per_second', 'opens_per_window', 'files_per_batch')
LOAD = [dict(type='LoadRaster')]


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--files', type=int, default=1000, help='real, to start with')
    parser.add_argument('--rasters', type=int, default=100_000, help='in the index')
    parser.add_argument('--scenes', type=int, default=160, help='real, to read from')
    return parser.parse_args()


def write_files(folder: Path, number: int, side: int) -> None:
    """Tiles of 3 bands, half of them with nodata, in five CRS."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(1, 255, (3, side, side), 'uint8')
    for i in range(number):
        profile = dict(
            driver='GTiff',
            count=3,
            width=side,
            height=side,
            dtype='uint8',
            nodata=0 if i % 2 else None,
            crs=f'EPSG:{32630 + i % 5}',
            transform=from_origin(500_000 + i, 5_400_000, 2, 2),
            compress='deflate',
        )
        if side >= 256:
            profile.update(tiled=True, blockxsize=256, blockysize=256)
        with rasterio.open(folder / f'{i:06d}.tif', 'w', **profile) as target:
            target.write(np.roll(pixels, i, 1))


def start(folder: Path, catalogue: str | None) -> dict:
    """Builds the data set."""
    dataset = WindowDataset(str(folder), SIDE, LOAD, catalogue=catalogue)
    return dict(windows=len(dataset))


def index(rasters: int) -> dict:
    """Builds an index of whole Sentinel-2 tiles and looks windows up."""
    infos = [
        RasterInfo(f'{i}.tif', 10980, 10980, 4, 'uint16', 0, None, None, True)
        for i in range(rasters)
    ]
    begin = time.process_time()
    built = RasterIndex(infos, 96)
    build = time.process_time() - begin
    picks = np.random.default_rng(0).integers(len(built), size=10_000).tolist()
    begin = time.process_time()
    for pick in picks:
        built[pick]
    access = (time.process_time() - begin) / len(picks)
    return dict(
        windows=len(built),
        build_seconds=round(build, 3),
        access_microseconds=round(access * 1e6, 1),
    )


def sample(number: int, options: dict, skipped: int) -> dict:
    """Draws from a large set, behind some samples that are skipped."""
    sampler = InfinitePerSampleSampler(range(number), seed=0, **options)
    sampler.skip(skipped)
    begin = time.process_time()
    stream = iter(sampler)
    next(stream)
    first = time.process_time() - begin
    begin = time.process_time()
    drawn = sum(1 for _ in islice(stream, 100_000))
    each = (time.process_time() - begin) / drawn
    return dict(
        samples=number,
        skipped=skipped,
        first_sample_seconds=round(first, 3),
        microseconds_per_sample=round(each * 1e6, 2),
    )


def read(folder: Path, block: int | None) -> dict:
    """Reads batches of windows in one order and counts what is opened."""
    dataset = WindowDataset(str(folder), SIDE, LOAD)
    sampler = InfinitePerSampleSampler(dataset, seed=0, block=block)
    opened, open_raster = [], raster_io.open_raster
    raster_io.open_raster = lambda path: opened.append(path) or open_raster(path)
    keys, mixed = iter(sampler), []
    begin = time.process_time()
    for _ in range(BATCHES):
        batch = [dataset[key] for key in islice(keys, BATCH)]
        mixed.append(len({sample['raster_path'] for sample in batch}))
    seconds = time.process_time() - begin
    facts = (
        round(BATCHES * BATCH / seconds),
        round(len(opened) / (BATCHES * BATCH), 4),
        round(float(np.mean(mixed)), 1),
    )
    return dict(zip(READ_FACTS, facts, strict=True))


def compare_orders(folder: Path) -> dict:
    """Both orders in turn; of the speeds the median."""
    per_file = (512 // SIDE) ** 2
    blocks = dict(shuffled=None, in_blocks=per_file)
    found = {name: [] for name in blocks}
    for _ in range(REPEATS):
        for name, block in blocks.items():
            found[name].append(apart(read, folder, block))
    medians = {
        name: {key: float(np.median([run[key] for run in runs])) for key in READ_FACTS}
        for name, runs in found.items()
    }
    fast, slow = (medians[name][READ_FACTS[0]] for name in ('in_blocks', 'shuffled'))
    return dict(block=per_file, batch=BATCH, **medians, ratio=round(fast / slow, 2))


def main() -> None:
    """Measures and writes."""
    args = parse_args()
    result = dict(processor=processor(), files=args.files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder / 'many', args.files, SIDE)
        notes = str(folder / 'headers.json')
        for title, catalogue in (
            ('without_catalogue', None),
            ('first_start', notes),
            ('second_start', notes),
        ):
            result[title] = apart(start, folder / 'many', catalogue)
        result['index'] = apart(index, args.rasters)
        result['samplers'] = {
            'full_shuffle': apart(sample, 10**7, {}, 0),
            'automatic': apart(sample, 10**9, {}, 0),
            'block_1024': apart(sample, 10**9, dict(block=1024), 0),
            'block_1024_skipped': apart(
                sample, 10**9, dict(block=1024), 7 * 10**9 + 123_456_789
            ),
        }
        write_files(folder / 'scenes', args.scenes, 512)
        result['reading'] = compare_orders(folder / 'scenes')
    write_result('index_scale', result)


if __name__ == '__main__':
    main()
