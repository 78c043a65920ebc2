"""Times starts, index, sampler and reading of sets of many rasters.

    python benchmarks/index_scale.py [--files 2000] [--rasters 100000] [--scenes 192]

Writes benchmarks/results/index_scale.json. Every figure comes from a process of its own
and megabytes are what that process needed beyond its state before; the two orders of
reading are timed in turn.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import rasterio
from common import processor, write_result
from rasterio.transform import from_origin

from glcnet_mm.datasets import InfinitePerSampleSampler, WindowDataset, raster_io
from glcnet_mm.datasets.raster_index import RasterIndex
from glcnet_mm.datasets.raster_io import RasterInfo

BATCH = 64
BATCHES = 64
REPEATS = 3
SIDE = 64
LOAD = [dict(type='LoadRaster')]


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--files', type=int, default=2000, help='real, to start with')
    parser.add_argument('--rasters', type=int, default=100_000, help='in the index')
    parser.add_argument('--scenes', type=int, default=192, help='real, to read from')
    return parser.parse_args()


def apart(work: Callable[..., dict], *args: object) -> dict:
    """Result of a child process, with its seconds and its further megabytes."""
    context = multiprocessing.get_context('fork')
    receiver, sender = context.Pipe()

    def child() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        result = work(*args)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cost = dict(seconds=round(seconds, 3), megabytes=(peak - before) // 1024)
        sender.send({**cost, **result})

    process = context.Process(target=child)
    process.start()
    sender.close()
    result = receiver.recv()
    process.join()
    return result


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
    begin = time.perf_counter()
    built = RasterIndex(infos, 96)
    build = time.perf_counter() - begin
    picks = np.random.default_rng(0).integers(len(built), size=10_000).tolist()
    begin = time.perf_counter()
    for pick in picks:
        built[pick]
    access = (time.perf_counter() - begin) / len(picks)
    return dict(
        windows=len(built),
        build_seconds=round(build, 3),
        access_microseconds=round(access * 1e6, 1),
    )


def sample(number: int, options: dict, skipped: int) -> dict:
    """Draws from a large set, behind some samples that are skipped."""
    sampler = InfinitePerSampleSampler(range(number), seed=0, **options)
    sampler.skip(skipped)
    begin = time.perf_counter()
    stream = iter(sampler)
    next(stream)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    drawn = sum(1 for _ in islice(stream, 100_000))
    each = (time.perf_counter() - begin) / drawn
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
    begin = time.perf_counter()
    for _ in range(BATCHES):
        batch = [dataset[key] for key in islice(keys, BATCH)]
        mixed.append(len({sample['raster_path'] for sample in batch}))
    seconds = time.perf_counter() - begin
    return dict(
        windows_per_second=round(BATCHES * BATCH / seconds),
        opens_per_window=round(len(opened) / (BATCHES * BATCH), 4),
        files_per_batch=round(float(np.mean(mixed)), 1),
    )


def compare_orders(folder: Path) -> dict:
    """Both orders in turn; of the times the median."""
    per_file = (512 // SIDE) ** 2
    runs = [(read, folder, block) for block in (None, per_file)]
    shuffled, in_blocks = zip(
        *([apart(*run) for run in runs] for _ in range(REPEATS)), strict=True
    )
    found = {}
    for name, results in (('shuffled', shuffled), ('in_blocks', in_blocks)):
        speeds = [result['windows_per_second'] for result in results]
        found[name] = {**results[0], 'windows_per_second': round(np.median(speeds))}
        for cost in ('seconds', 'megabytes'):
            del found[name][cost]
    ratio = found['in_blocks']['windows_per_second']
    ratio /= found['shuffled']['windows_per_second']
    return dict(block=per_file, batch=BATCH, **found, speed_ratio=round(ratio, 2))


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
