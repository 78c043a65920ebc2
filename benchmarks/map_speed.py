"""Times mapping a large scene, beside reading it, and measures its memory.

    python benchmarks/map_speed.py [--sides 6000 ...] [--parts 3]

Generates scenes of 4 bands of 16 bits and maps each in a process of its own with a
network of one 1x1 convolution to 7 classes. The first is mapped again in parts by
several processes, and both maps are compared.

Writes benchmarks/results/map_speed.json. Seconds are the processor's, which other work
on the machine does not change much, except those of the clock. Memory is the peak of
the whole process, from outside.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
import torch
from common import processor, write_result
from mmengine.config import Config
from mmengine.registry import MODELS
from mmengine.structures import PixelData
from rasterio.transform import from_origin
from rasterio.windows import Window
from torch import nn

from glcnet_mm.mapping import Segmentor, SlidingWindow, map_scene
from glcnet_mm.mapping.tiling import parse_part

BLOCK = 512
CLASSES = 7
CONFIG = dict(model=dict(type='PixelSegmentor'))


@MODELS.register_module()
class PixelSegmentor(nn.Module):
    """One 1x1 convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.out_channels = CLASSES
        self.backbone = nn.Sequential(nn.Conv2d(4, CLASSES, 1))

    def test_step(self, batch: dict) -> list:
        """Logits in the samples, as mmseg's segmentors leave them."""
        for pixels, sample in zip(batch['inputs'], batch['data_samples'], strict=True):
            logits = self.backbone(pixels[None].float() / 1000 - 1)
            sample.seg_logits = PixelData(data=logits[0])
        return batch['data_samples']


def write_scene(path: Path, side: int) -> None:
    """Patches of 16 px with 5 bits of noise, in 512-px tiles of zstd level 1."""
    rng = np.random.default_rng(0)
    patches = rng.integers(1, 2048, (4, BLOCK // 16, side // 16 + 1), 'uint16')
    noise = patches.repeat(16, axis=1).repeat(16, axis=2)[..., :side]
    noise += rng.integers(0, 32, noise.shape, 'uint16')
    tiles = dict(tiled=True, blockxsize=BLOCK, blockysize=BLOCK, bigtiff='if_safer')
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=4,
        width=side,
        height=side,
        dtype='uint16',
        nodata=0,
        crs='EPSG:32633',
        transform=from_origin(4e5, 5e6, 0.5, 0.5),
        compress='zstd',
        zstd_level=1,
        num_threads='all_cpus',
        **tiles,
    ) as file:
        for row in range(0, side, BLOCK):
            height = min(BLOCK, side - row)
            pixels = np.roll(noise, 5 * row, axis=2)[:, :height]
            file.write(pixels, window=Window(0, row, side, height))


def read_all(path: Path) -> None:
    """Reads all pixels by rasterio alone, a row of tiles at a time."""
    with rasterio.open(path) as file:
        for row in range(0, file.height, BLOCK):
            file.read(window=Window(0, row, file.width, min(BLOCK, file.height - row)))


def map_here(folder: Path, out: str, part: str) -> None:
    """Maps in this process; writes seconds of the clock and of the processor."""
    model = Segmentor(Config(CONFIG), str(folder / 'weights.pth'), 'cpu')
    step, inside = model.model.test_step, []

    def timed(batch: dict) -> list:
        start = time.thread_time()
        samples = step(batch)
        inside.append(time.thread_time() - start)
        return samples

    model.model.test_step = timed
    numbers = parse_part(part) if part else None
    scene = str(folder / 'scene.tif')
    clock, cpu = time.perf_counter(), time.process_time()
    map_scene(
        model,
        scene,
        str(folder / out),
        part=numbers,
        sliding=SlidingWindow(window_px=512),
    )
    seconds = dict(
        clock=time.perf_counter() - clock,
        all=time.process_time() - cpu,
        network=sum(inside),
    )
    (folder / 'seconds.json').write_text(json.dumps(seconds))


def map_outside(folder: Path, out: str, part: str = '') -> dict:
    """Maps in a process of its own; adds its peak memory."""
    command = [sys.executable, __file__, '--child', str(folder), out, part]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f'Mapping {out} {part} failed.')
    seconds = json.loads((folder / 'seconds.json').read_text())
    return seconds | dict(peak_mb=round(usage.ru_maxrss / 1024))


def compare(folder: Path, parts: int) -> dict:
    """Maps again in parts and says whether all pixels are those of the whole."""
    for i in range(parts):
        map_outside(folder, 'parts.tif', f'{i + 1}/{parts}')
    map_outside(folder, 'parts.tif')
    whole, other = (rasterio.open(folder / f'{n}.tif') for n in ('whole', 'parts'))
    with whole, other:
        windows = [window for _, window in whole.block_windows(1)]
        equal = [(whole.read(window=w) == other.read(window=w)).all() for w in windows]
    return dict(parts=parts, map_in_parts_is_equal=bool(np.all(equal)))


def measure(folder: Path, side: int, parts: int) -> dict:
    """All figures for one size."""
    write_scene(folder / 'scene.tif', side)
    torch.save(dict(state_dict=PixelSegmentor().state_dict()), folder / 'weights.pth')
    spent = map_outside(folder, 'whole.tif')
    cpu = time.process_time()
    read_all(folder / 'scene.tif')
    spent['reading'] = time.process_time() - cpu
    rest = spent['all'] - spent['network']
    figures = dict(
        side=side,
        file_gb=round((folder / 'scene.tif').stat().st_size / 1e9, 2),
        peak_mb=spent.pop('peak_mb'),
        seconds={name: round(value, 1) for name, value in spent.items()},
        megapixels_per_second_of_all_but_the_network=round(side**2 / 1e6 / rest, 2),
        megapixels_per_second_of_reading_alone=round(
            side**2 / 1e6 / spent['reading'], 2
        ),
    )
    return figures | (compare(folder, parts) if parts else {})


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sides', type=int, nargs='+', default=[6000])
    parser.add_argument('--parts', type=int, default=3)
    parser.add_argument('--child', nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        folder, out, part = args.child
        map_here(Path(folder), out, part)
        return
    runs = []
    for side in args.sides:
        with tempfile.TemporaryDirectory() as folder:
            parts = 0 if runs else args.parts
            runs.append(measure(Path(folder), side, parts))
    versions = dict(torch=torch.__version__, gdal=rasterio.__gdal_version__)
    threads = os.environ.get('OMP_NUM_THREADS', 'all')
    machine = dict(processor=processor(), threads=threads) | versions
    write_result('map_speed', machine | dict(runs=runs))


if __name__ == '__main__':
    main()
