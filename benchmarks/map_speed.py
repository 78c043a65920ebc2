"""Times mapping a large scene, beside reading it, and measures its memory.

    python benchmarks/map_speed.py [--side 6000] [--parts 3]

Generates a scene of 4 bands of 16 bits, maps it in a process of its own with a network
of one 1x1 convolution to 7 classes, maps it again in parts by several processes, and
compares both maps. Writes benchmarks/results/map_speed.json. What is not the network
is the whole time less the time inside the network (normalisation included). Memory is
the peak of the whole process, from outside.
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
from mmengine.registry import MODELS, init_default_scope
from rasterio.transform import from_origin
from rasterio.windows import Window
from torch import Tensor, nn

from glcnet_mm.inference import Segmentor, map_scene

BLOCK = 512
CLASSES = 7
CONFIG = dict(
    model=dict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='MultiBandPreprocessor', mean=1000, std=500),
        backbone=dict(type='PassPixels'),
        decode_head=dict(
            type='FCNHead',
            in_channels=4,
            channels=4,
            in_index=0,
            num_convs=0,
            concat_input=False,
            dropout_ratio=0,
            num_classes=CLASSES,
        ),
        test_cfg=dict(mode='whole'),
    ),
)


@MODELS.register_module()
class PassPixels(nn.Module):
    """A backbone that does nothing, so that the head's 1x1 convolution sees pixels."""

    def forward(self, pixels: Tensor) -> tuple[Tensor]:
        """The pixels as the only map."""
        return (pixels,)


def write_scene(path: Path, side: int) -> None:
    """Noise of 11 bits on a slope, in 512-px tiles of zstd level 1."""
    rng = np.random.default_rng(0)
    noise = rng.integers(1, 2048, (4, BLOCK, side), 'uint16')
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
            lines = np.roll(noise, row // 7, axis=2)[:, :height] + np.uint16(row // 64)
            file.write(lines, window=Window(0, row, side, height))


def read_seconds(path: Path) -> float:
    """Seconds that rasterio takes for all pixels, a row of tiles at a time."""
    start = time.perf_counter()
    with rasterio.open(path) as file:
        for row in range(0, file.height, BLOCK):
            file.read(window=Window(0, row, file.width, min(BLOCK, file.height - row)))
    return time.perf_counter() - start


def map_here(folder: Path, out: str, part: str) -> None:
    """Maps in this process and prints the seconds in all and inside the network."""
    model = Segmentor(Config(CONFIG), str(folder / 'weights.pth'), 'cpu')
    step, inside = model.model.test_step, []

    def timed(batch: dict) -> list:
        start = time.perf_counter()
        samples = step(batch)
        inside.append(time.perf_counter() - start)
        return samples

    model.model.test_step = timed
    start = time.perf_counter()
    numbers = tuple(map(int, part.split('/'))) if part else None
    scene = str(folder / 'scene.tif')
    map_scene(model, scene, str(folder / out), window_px=512, part=numbers)
    seconds = dict(seconds=time.perf_counter() - start, network=sum(inside))
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


def equal(folder: Path, names: list[str]) -> bool:
    """Whether two maps have the same pixels."""
    with rasterio.open(folder / names[0]) as a, rasterio.open(folder / names[1]) as b:
        windows = [window for _, window in a.block_windows(1)]
        return all((a.read(window=w) == b.read(window=w)).all() for w in windows)


def measure(folder: Path, side: int, parts: int) -> dict:
    """All figures for one size."""
    write_scene(folder / 'scene.tif', side)
    init_default_scope('mmseg')
    weights = MODELS.build(Config(CONFIG).model).state_dict()
    torch.save(dict(state_dict=weights), folder / 'weights.pth')
    reading = [read_seconds(folder / 'scene.tif')]
    whole = map_outside(folder, 'whole.tif')
    reading.append(read_seconds(folder / 'scene.tif'))
    for i in range(parts):
        map_outside(folder, 'parts.tif', f'{i + 1}/{parts}')
    map_outside(folder, 'parts.tif')
    megapixels = side**2 / 1e6
    rest = whole['seconds'] - whole['network']
    return dict(
        side=side,
        file_gb=round((folder / 'scene.tif').stat().st_size / 1e9, 2),
        peak_mb=whole['peak_mb'],
        seconds=round(whole['seconds'], 1),
        of_which_network_seconds=round(whole['network'], 1),
        reading_alone_seconds=[round(seconds, 1) for seconds in reading],
        megapixels_per_second_of_all=round(megapixels / whole['seconds'], 2),
        megapixels_per_second_of_all_but_the_network=round(megapixels / rest, 2),
        megapixels_per_second_of_reading_alone=round(2 * megapixels / sum(reading), 2),
        parts=parts,
        map_in_parts_is_equal=equal(folder, ['whole.tif', 'parts.tif']),
    )


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--side', type=int, default=6000)
    parser.add_argument('--parts', type=int, default=3)
    parser.add_argument('--child', nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        folder, out, part = args.child
        map_here(Path(folder), out, part)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), args.side, args.parts)
    versions = dict(torch=torch.__version__, gdal=rasterio.__gdal_version__)
    threads = os.environ.get('OMP_NUM_THREADS', 'all')
    write_result(
        'map_speed', dict(processor=processor(), threads=threads) | versions | result
    )


if __name__ == '__main__':
    main()
