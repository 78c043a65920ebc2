"""Times reading, two views and region matching on one CPU thread.

    python benchmarks/view_speed.py

Writes benchmarks/results/view_speed.json. Times are medians over repeats.
"""

import tempfile
from pathlib import Path

import cv2
import numpy as np
import rasterio
import torch
from common import median_ms, processor, write_result
from mmengine.config import Config

from glcnet_mm.datasets import SampleKey, WindowDataset
from glcnet_mm.models.matching.region_matching import match_regions

ROOT = Path(__file__).parents[1]
BATCH = 64


def write_scene(path: Path) -> None:
    """A 4-band 8-bit scene of 2048 px in 512-px deflate tiles."""
    pixels = np.random.default_rng(0).integers(0, 255, (4, 2048, 2048), 'uint8')
    tiles = dict(tiled=True, blockxsize=512, blockysize=512, compress='deflate')
    profile = dict(driver='GTiff', count=4, width=2048, height=2048, dtype='uint8')
    with rasterio.open(path, 'w', **profile, **tiles) as target:
        target.write(pixels)


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    views = Config.fromfile(ROOT / 'configs/_base_/views/glcnet.py')
    make = dict(type='MakeViews', views=[views.view1, views.view2], crop=256)
    load, pack = dict(type='LoadRaster'), dict(type='PackViews')
    with tempfile.TemporaryDirectory() as folder:
        write_scene(Path(folder) / 'scene.tif')
        settings = dict(images=folder, window=256, sampling=dict(num_windows=4096))
        whole = WindowDataset(pipeline=[load, make, pack], **settings)
        reading = WindowDataset(pipeline=[load], **settings)
        sample_ms = median_ms(lambda i: whole[SampleKey(0, 0, i)], 200)
        read_ms = median_ms(lambda i: reading[SampleKey(0, 0, i)], 200)
        samples = [whole[SampleKey(0, 1, i)]['data_samples'] for i in range(BATCH)]
    parts = [
        torch.stack([getattr(sample, name) for sample in samples])
        for name in ('homographies', 'valid', 'match_seed')
    ]
    match_ms = median_ms(lambda _: match_regions(*parts, regions=4, side=48), 20)
    result = dict(
        processor=processor(),
        threads=1,
        torch=torch.__version__,
        sample_ms=sample_ms,
        of_which_reading_ms=read_ms,
        matching_ms_per_batch_of_64=match_ms,
        matching_ms_per_sample=round(match_ms / BATCH, 3),
        views_and_matching_ms_per_sample=round(
            sample_ms - read_ms + match_ms / BATCH, 3
        ),
    )
    write_result('view_speed', result)


if __name__ == '__main__':
    main()
