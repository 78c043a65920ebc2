"""Times a scene's windows through real networks, beside mmseg's own loop.

    python benchmarks/map_network.py [--image scene.tif] [--turns 5]

DeepLabV3+ with a half-width ResNet-18 and with a ResNet-50 says classes of windows of
256 px, four at a time: by mmseg's ``test_step`` (a naive loop) and by ``Segmentor`` in
float32 and, where the processor computes in it, in bfloat16. The ways take turns;
figures are medians of processor time, with the quartiles. Without --image the windows
are smooth noise. Writes benchmarks/results/map_network.json.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from common import processor, write_result
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from scipy.ndimage import gaussian_filter

import glcnet_mm  # noqa: F401
from glcnet_mm.engine.bfloat16 import has_bfloat16
from glcnet_mm.mapping import Segmentor
from glcnet_mm.rasters.raster_io import Window, read_window

MODELS_FOLDER = Path(__file__).parents[1] / 'configs/_base_/models'
SIDE, BATCH, BANDS = 256, 4, 4


def windows_of(image: str | None) -> list:
    """Four windows, of the upper left of an image or smooth."""
    if image:
        strip, valid = read_window(image, Window(0, 0, SIDE * BATCH, SIDE))
        parts = np.split(strip, BATCH, axis=1), np.split(valid, BATCH, axis=1)
    else:
        noise = np.random.default_rng(0).standard_normal((BATCH, SIDE, SIDE, BANDS))
        smooth = gaussian_filter(noise, (0, 8, 8, 0))
        pixels = (127 + 40 * smooth / smooth.std()).clip(0, 255).astype(np.uint8)
        parts = pixels, np.ones((BATCH, SIDE, SIDE), bool)
    place = Window(0, 0, SIDE, SIDE)
    return [(place, *pair) for pair in zip(*parts, strict=True)]


def naive(config: Config, weights: str, segmentor: Segmentor) -> Callable:
    """The model as mmseg builds it, one step after the other."""
    model = MODELS.build(config.model)
    model.load_state_dict(torch.load(weights)['state_dict'])
    model.eval()

    @torch.no_grad()
    def step(scene: str, windows: list) -> np.ndarray:
        packed = [segmentor._pack(scene, *window) for window in windows]
        batch = {key: [one[key] for one in packed] for key in packed[0]}
        samples = model.test_step(batch)
        return np.stack([sample.seg_logits.data.numpy() for sample in samples])

    return step


def take_turns(ways: dict[str, Callable], turns: int, windows: list) -> dict:
    """Seconds of processor time of each way in each turn; the first warms up."""
    times = {name: [] for name in ways}
    for turn in range(turns + 1):
        for name, way in ways.items():
            begin = time.process_time()
            way('scene', windows)
            if turn:
                times[name].append(time.process_time() - begin)
    return times


def measure(name: str, args: argparse.Namespace) -> dict:
    """All figures for one network."""
    config = Config.fromfile(MODELS_FOLDER / f'{name}.py')
    windows = windows_of(args.image)
    config.model.backbone.in_channels = windows[0][1].shape[-1]
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        weights = str(Path(folder) / 'weights.pth')
        model = MODELS.build(config.model)
        torch.save(dict(state_dict=model.state_dict()), weights)
        kinds = ['float32'] + ['bfloat16'] * has_bfloat16('cpu')
        ways = {kind: Segmentor(config, weights, 'cpu', kind) for kind in kinds}
        ways = dict(naive=naive(config, weights, ways['float32']), **ways)
    times = take_turns(ways, args.turns, windows)
    usual = np.median(times['naive'])
    classes = {kind: way('scene', windows).argmax(1) for kind, way in ways.items()}
    figures = {}
    for kind, found in times.items():
        low, median, high = np.percentile(found, [25, 50, 75])
        figures[kind] = dict(
            ms_per_window=round(1000 * median / BATCH, 1),
            quartiles=[round(1000 * x / BATCH, 1) for x in (low, high)],
            times_the_speed_of_naive=round(usual / median, 2),
            share_of_pixels_of_another_class=float(
                (classes[kind] != classes['naive']).mean()
            ),
        )
    return figures


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--image', help='raster of at least 1024 x 256 px')
    parser.add_argument('--turns', type=int, default=5)
    args = parser.parse_args()
    init_default_scope('mmseg')
    torch.set_num_threads(1)
    result = dict(
        processor=processor(),
        threads=1,
        torch=torch.__version__,
        bfloat16=has_bfloat16('cpu'),
        windows=f'{BATCH} of {SIDE} px, {"real" if args.image else "smooth noise"}',
        turns=args.turns,
    )
    networks = ('deeplabv3plus_r18', 'deeplabv3plus_r50')
    write_result(
        'map_network', result | {name: measure(name, args) for name in networks}
    )


if __name__ == '__main__':
    main()
