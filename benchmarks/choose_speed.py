"""Times choosing windows to label among many.

    OMP_NUM_THREADS=1 python benchmarks/choose_speed.py [--windows 100000] [--budget 40]

Vectors of ResNet-18's size in uneven groups go through each strategy; a generated
raster of as many windows goes through the whole tool by statistics of its bands; a
part of it is embedded by ResNet-18 at 96 px. Every figure is processor time of a
process of its own, and megabytes are what it needed beyond its state before, so those
of the strategies are beside the vectors. Writes benchmarks/results/choose_speed.json.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from common import apart, processor, write_result
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from rasterio.transform import from_origin

from glcnet_mm.datasets import WindowDataset
from glcnet_mm.selection.choose_tool import Wish, choose_windows
from glcnet_mm.selection.features import describe
from glcnet_mm.selection.strategies import STRATEGIES, Pool, choose

ROOT = Path(__file__).parents[1]
SEGMENTOR = ROOT / 'configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
CHANNELS = 512
EMBEDDED = 512
SIDE, RASTER_SIDE = 96, 32
CONFIG = """
custom_imports = dict(imports=['glcnet_mm'])
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images={images!r}, window={side}, classes=['a', 'b'],
    pipeline=[dict(type='LoadRaster')],
))
"""


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--windows', type=int, default=100_000)
    parser.add_argument('--budget', type=int, default=40)
    return parser.parse_args()


def vectors(count: int) -> np.ndarray:
    """Unit vectors in 60 groups, the largest of a tenth of all."""
    rng = np.random.default_rng(0)
    sizes = np.sort(rng.pareto(1.5, 60) + 0.1)
    groups = rng.choice(60, count, p=sizes / sizes.sum())
    centres = rng.normal(0, 1, (60, CHANNELS)).astype(np.float32)
    rows = centres[groups] + rng.standard_normal((count, CHANNELS), np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def chosen(features: np.ndarray, strategy: str, budget: int) -> dict:
    """Chooses; no two windows share ground."""
    count = len(features)
    numbers = np.arange(count)
    pool = Pool(
        features,
        numbers % 100,
        np.ones(count, bool),
        lambda number: numbers == number,
        np.zeros(0, int),
    )
    choose(pool, budget, strategy, 0)
    return dict(windows=len(pool.taken))


def write_raster(path: Path, windows: int) -> None:
    """A 3-band raster of at least so many windows; its tiles differ."""
    side = RASTER_SIDE * int(np.ceil(np.sqrt(windows)))
    profile = dict(
        driver='GTiff', count=3, width=side, height=side, dtype='uint8', tiled=True,
        crs='EPSG:32633', transform=from_origin(500_000, 5_400_000, 1, 1),
    )  # fmt: skip
    rng = np.random.default_rng(0)
    with rasterio.open(path, 'w', **profile) as file:
        for _, window in file.block_windows(1):
            shape = (3, int(window.height), int(window.width))
            base = rng.integers(20, 200, (3, 1, 1))
            pixels = base + rng.integers(0, 50, shape)
            file.write(pixels.astype('uint8'), window=window)


def whole_tool(folder: Path, budget: int, windows: int) -> dict:
    """From the raster to all files and the page, by statistics of bands."""
    config = folder / 'config.py'
    config.write_text(CONFIG.format(images=str(folder / 'a.tif'), side=RASTER_SIDE))
    wish = Wish(budget, most=windows)
    choose_windows(str(config), str(folder / 'out'), wish)
    return {}


def embedded(folder: Path) -> dict:
    """A part of the windows through ResNet-18."""
    model = Config.fromfile(SEGMENTOR).model
    model.backbone.in_channels = 3
    model.data_preprocessor.update(mean=127.5, std=80.0)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(model).eval()
    dataset = WindowDataset(str(folder / 'a.tif'), SIDE, [dict(type='LoadRaster')])
    places = [dataset.index[number] for number in range(EMBEDDED)]
    return dict(windows=len(describe(dataset, places, model).features))


def main() -> None:
    """Runs all and writes."""
    args = parse_args()
    result = dict(processor=processor(), windows=args.windows, budget=args.budget)
    features = vectors(args.windows)
    result['vectors_megabytes'] = features.nbytes // 2**20
    result['strategies'] = {
        strategy: apart(chosen, features, strategy, args.budget)
        for strategy in STRATEGIES
    }
    del features
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_raster(folder / 'a.tif', args.windows)
        result['whole_tool'] = apart(whole_tool, folder, args.budget, args.windows)
        result['resnet18_of_96_px'] = apart(embedded, folder)
    write_result('choose_speed', result)


if __name__ == '__main__':
    main()
