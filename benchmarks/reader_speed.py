"""Times reading windows of one file beside a bare rasterio loop, on one CPU thread.

    python benchmarks/reader_speed.py

Windows of 256 px of a 4-band uint8 scene, one by one and 4 and 8 from a region, from
GeoTIFFs in several layouts that the system keeps in memory. All readers take turns.
Figures are windows per second of processor time, which other programs do not lengthen
as they do the clock's, and, as ``ratio``, the speed beside the bare loop. TorchGeo's
sampler takes part where it is installed, see --torchgeo-python. Writes
benchmarks/results/reader_speed.json.
"""

import argparse
import os

# A small block cache, so that a file of this size is not simply kept in memory.
os.environ['GDAL_CACHEMAX'] = '16'

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from common import processor, write_result
from rasterio.transform import from_origin
from rasterio.windows import Window

WINDOW = 256
BLOCK = dict(tiled=True, blockxsize=512, blockysize=512)
LAYOUTS = {
    'tiled_deflate': dict(**BLOCK, compress='deflate'),
    'strips_uncompressed': {},
    'strips_lzw': dict(compress='lzw'),
    'tiled_uncompressed': BLOCK,
}


def scene(side: int) -> np.ndarray:
    """4 bands whose neighbours are alike and noisy, so that they compress as imagery.

    Deflate leaves about two thirds of it.
    """
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    relief = sum(
        size * gaussian_filter(rng.standard_normal((side, side), np.float32), size)
        for size in (1, 4, 16)
    )
    bands = [
        120 + gain * relief + rng.normal(0, 3, relief.shape)
        for gain in (20, 22, 25, 40)
    ]
    return np.stack([band.clip(0, 255).astype(np.uint8) for band in bands])


def write_scenes(folder: Path, side: int) -> None:
    """One file per layout."""
    profile = dict(driver='GTiff', count=4, width=side, height=side, dtype='uint8')
    place = dict(crs='EPSG:32633', transform=from_origin(500000, 5400000, 1, 1))
    pixels = scene(side)
    for name, layout in LAYOUTS.items():
        path = folder / f'{name}.tif'
        settings = dict(interleave='pixel', **profile, **place, **layout)
        with rasterio.open(path, 'w', **settings) as target:
            target.write(pixels)


def random_places(side: int, count: int) -> list[tuple[int, int]]:
    """Columns and rows of the windows that our data set draws one by one."""
    rngs = (np.random.default_rng([0, 0, number]) for number in range(count))
    places = []
    for rng in rngs:
        rng.integers((side - WINDOW + 1) ** 2)  # which file, of one
        places.append(tuple(int(n) for n in rng.integers(side - WINDOW + 1, size=2)))
    return places


def bare(path: Path, args: argparse.Namespace) -> Callable[[int], object]:
    """Rasterio's own loop over the windows of ``random_places``."""
    source = rasterio.open(path)
    places = random_places(args.side, 8 * (args.turns + 1))
    return lambda i: source.read(window=Window(*places[i], WINDOW, WINDOW))


def torchgeo_reader(path: Path) -> Iterator[object]:
    """TorchGeo's random sampler and raster data set on one file."""
    from torchgeo.datasets import RasterDataset
    from torchgeo.samplers import RandomGeoSampler, Units

    data = RasterDataset(str(path))
    sampler = RandomGeoSampler(data, WINDOW, length=10**6, units=Units.PIXELS)
    for place in sampler:
        yield data[place]['image']


def windows_per_second(readers: dict, turns: int) -> dict[str, float]:
    """Lets the readers take turns, 8 windows each; the first turn warms up."""
    times = dict.fromkeys(readers, 0.0)
    for turn in range(turns + 1):
        for name, read in readers.items():
            begin = time.process_time()
            # Kept together, as a batch is.
            batch = [read(8 * turn + number) for number in range(8)]
            if turn:
                times[name] += time.process_time() - begin
            del batch
    return {name: 8 * turns / spent for name, spent in times.items()}


def ours(path: Path) -> dict[str, Callable[[int], object]]:
    """Our data set, one by one and by regions."""
    from glcnet_mm.datasets import SampleKey, WindowDataset

    readers = {}
    for count in (1, 4, 8):
        data = WindowDataset(
            str(path),
            WINDOW,
            [dict(type='LoadRaster')],
            sampling=dict(num_windows=10**6, windows_per_region=count),
        )
        name = 'one_by_one' if count == 1 else f'{count}_per_region'
        readers[name] = lambda i, data=data: data[SampleKey(0, 0, i)]['img']
    return readers


def table(rates: dict[str, float]) -> dict[str, dict[str, float]]:
    """Rates and their ratios to the bare loop."""
    return {
        name: dict(windows_per_s=round(rate, 1), ratio=round(rate / rates['bare'], 2))
        for name, rate in rates.items()
    }


def measure_torchgeo(folder: Path, python: str, args: argparse.Namespace) -> dict | str:
    """TorchGeo beside the bare loop, in the interpreter that has it."""
    command = [python, __file__, '--torchgeo-only', str(folder)]
    command += ['--side', str(args.side), '--turns', str(args.turns)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.splitlines()[-1])


def torchgeo_only(args: argparse.Namespace) -> dict | str:
    """What the other interpreter runs."""
    if importlib.util.find_spec('torchgeo') is None:
        return 'not installed'
    import torchgeo

    result = dict(version=torchgeo.__version__)
    for name in LAYOUTS:
        path = Path(args.torchgeo_only) / f'{name}.tif'
        theirs = partial(next, torchgeo_reader(path))
        readers = dict(bare=bare(path, args), torchgeo=theirs)
        result[name] = table(windows_per_second(readers, args.turns))
    return result


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--side', type=int, default=6000, help='of the scene, in px')
    parser.add_argument('--turns', type=int, default=50, help='of 8 windows, each')
    parser.add_argument(
        '--torchgeo-python', default=sys.executable, help='interpreter with torchgeo'
    )
    parser.add_argument('--torchgeo-only', help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measures and writes."""
    args = parse_args()
    if args.torchgeo_only:
        print(json.dumps(torchgeo_only(args)))
        return
    from glcnet_mm.rasters.retile import retile

    layouts = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_scenes(folder, args.side)
        retile(str(folder / 'strips_lzw.tif'), str(folder / 'retiled_zstd.tif'))
        for layout in (*LAYOUTS, 'retiled_zstd'):
            path = folder / f'{layout}.tif'
            readers = dict(bare=bare(path, args), **ours(path))
            if layout == 'retiled_zstd':
                readers['bare_of_strips_lzw'] = bare(folder / 'strips_lzw.tif', args)
            rates = windows_per_second(readers, args.turns)
            layouts[layout] = dict(
                megabytes=round(path.stat().st_size / 1e6), **table(rates)
            )
        result = dict(
            processor=processor(),
            rasterio=rasterio.__version__,
            gdal=rasterio.__gdal_version__,
            scene=f'{args.side} x {args.side} px, 4 bands, uint8',
            window_px=WINDOW,
            windows=8 * args.turns,
            seconds='of processor time',
            gdal_cache_mb=16,
            layouts=layouts,
            torchgeo=measure_torchgeo(folder, args.torchgeo_python, args),
        )
    write_result('reader_speed', result)


if __name__ == '__main__':
    main()
