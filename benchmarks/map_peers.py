"""Times mapping a scene beside TerraTorch's tiled inference and a naive loop.

    python benchmarks/map_peers.py [--side 2048] [--deep-side 1024] [--turns 3]
    python benchmarks/map_peers.py --side 4000 --networks deeplabv3plus_r18

Every way reads the same scene of 4 bands from its file, moves windows of 256 px by 192,
blends them and writes a map of classes: ``map_scene`` in bfloat16, where the processor
has it, and in float32; TerraTorch's ``tiled_inference`` around the same model; and a
loop over mmseg's ``test_step`` that averages overlaps. The networks are DeepLabV3+ with
a half-width ResNet-18 and with ResNet-50, with random weights, and one 1x1 convolution.

One thread; every run is a process of its own, the ways in turn; medians of processor
time with the least and the most, and the megabytes beyond the start. The scene is NAIP
(``naip_series`` of ``GLCNET_MM_DATA``), mirrored to its size, else smooth noise.
TerraTorch takes part where it is installed (requirements-peers.txt). Writes
benchmarks/results/map_peers.json, of chosen networks a file called after them and the
side.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import torch
from common import apart, naip_scenes, processor, smooth_pixels, write_result
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from rasterio.transform import from_origin
from rasterio.windows import Window
from torch import Tensor, nn

import glcnet_mm  # noqa: F401
from glcnet_mm.engine.bfloat16 import has_bfloat16
from glcnet_mm.mapping import Segmentor, SlidingWindow, map_scene

MODELS_FOLDER = Path(__file__).parents[1] / 'configs/_base_/models'
WINDOW, STRIDE, BATCH, BANDS = 256, 192, 8, 4
CLASSES = 7
DEEP = 'deeplabv3plus_r50'
NETWORKS = ('deeplabv3plus_r18', DEEP, 'one_convolution')


@MODELS.register_module(force=True)
class OneConvolution(nn.Module):
    """One 1x1 convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.out_channels = CLASSES
        self.backbone = nn.Sequential(nn.Conv2d(BANDS, CLASSES, 1))

    def encode_decode(self, inputs: Tensor, _: list) -> Tensor:
        """Logits of normalised pixels."""
        return self.backbone(inputs)

    def test_step(self, batch: dict) -> list:
        """Logits in the samples, as mmseg's segmentors leave them."""
        for pixels, sample in zip(batch['inputs'], batch['data_samples'], strict=True):
            logits = self.backbone(normalised(pixels[None]))
            sample.seg_logits = PixelData(data=logits[0])
        return batch['data_samples']


def normalised(pixels: Tensor) -> Tensor:
    """As the models' own preprocessor does it."""
    return (pixels.float() - 127.5) / 79.6875


def write_scene(path: Path, side: int) -> str:
    """A tiled scene of 4 bands; says what it shows."""
    found = naip_scenes()
    pixels = rasterio.open(found[-1]).read() if found else smooth_pixels(BANDS, side)
    for axis in (1, 2):
        short = side - pixels.shape[axis]
        if short > 0:
            pads = [(0, short if axis == other else 0) for other in range(3)]
            pixels = np.pad(pixels, pads, 'symmetric')
    profile = dict(driver='GTiff', count=BANDS, width=side, height=side, dtype='uint8')
    profile |= dict(tiled=True, blockxsize=512, blockysize=512, compress='deflate')
    place = dict(crs='EPSG:32633', transform=from_origin(500_000, 5_000_000, 1, 1))
    with rasterio.open(path, 'w', **profile, **place) as file:
        file.write(pixels[:, :side, :side])
    return 'NAIP' if found else 'smooth noise'


def config_of(name: str) -> Config:
    """A config with nothing but the model, for 4 bands."""
    if name == 'one_convolution':
        return Config(dict(model=dict(type='OneConvolution')))
    config = Config.fromfile(MODELS_FOLDER / f'{name}.py')
    config.model.backbone.in_channels = BANDS
    return config


def by_this_package(scene: Path, model: nn.Module, out: Path) -> dict:
    """With the defaults but for the overlap, which equals the peers'."""
    out.unlink(missing_ok=True)
    sliding = SlidingWindow(WINDOW, WINDOW - STRIDE)
    map_scene(model, str(scene), str(out), sliding=sliding)
    return {}


def write_map(scene: Path, out: Path, classes: np.ndarray) -> None:
    """A map as simple as can be."""
    with rasterio.open(scene) as source:
        profile = dict(source.profile, count=1, nodata=255)
    with rasterio.open(out, 'w', **profile) as file:
        file.write(classes.astype(np.uint8), 1)


@torch.inference_mode()
def by_terratorch(scene: Path, model: nn.Module, out: Path) -> dict:
    """``tiled_inference`` of the whole scene in memory, as its tasks call it."""
    from terratorch.tasks.tiled_inference import tiled_inference

    with rasterio.open(scene) as source:
        pixels = normalised(torch.from_numpy(source.read()))[None]
    metas = [dict(img_shape=(WINDOW, WINDOW))] * BATCH
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        logits = tiled_inference(
            lambda part: model.encode_decode(part, metas[: len(part)]),
            pixels,
            crop=WINDOW,
            stride=STRIDE,
            batch_size=BATCH,
        )
    write_map(scene, out, logits[0].argmax(0).numpy())
    return {}


@torch.inference_mode()
def by_loop(scene: Path, model: nn.Module, out: Path) -> dict:
    """Window by window, in batches, overlaps averaged."""
    with rasterio.open(scene) as source:
        side = source.width
        starts = [*range(0, side - WINDOW, STRIDE), side - WINDOW]
        places = [(row, col) for row in starts for col in starts]
        sums = np.zeros((model.out_channels, side, side), np.float32)
        counts = np.zeros((side, side), np.float32)
        for first in range(0, len(places), BATCH):
            some = places[first : first + BATCH]
            windows = [Window(col, row, WINDOW, WINDOW) for row, col in some]
            inputs = [torch.from_numpy(source.read(window=w)) for w in windows]
            samples = model.test_step(dict(inputs=inputs, data_samples=blank(some)))
            for (row, col), sample in zip(some, samples, strict=True):
                part = np.s_[row : row + WINDOW, col : col + WINDOW]
                sums[:, *part] += sample.seg_logits.data.numpy()
                counts[part] += 1
    write_map(scene, out, (sums / counts).argmax(0))
    return {}


def blank(places: list) -> list[SegDataSample]:
    """What mmseg wants to know of windows."""
    size = (WINDOW, WINDOW)
    meta = dict(ori_shape=size, img_shape=size, pad_shape=size)
    return [SegDataSample(metainfo=meta) for _ in places]


def has_terratorch() -> bool:
    """Whether it can be imported, which takes seconds; done here for all children."""
    try:
        import terratorch.tasks.tiled_inference  # noqa: F401
    except ImportError as error:
        print(f'TerraTorch is absent ({error}).', file=sys.stderr)
        return False
    return True


def ways_of(name: str, folder: Path, peers: bool) -> dict[str, Callable[[], dict]]:
    """Every way to map, as a call that returns its cost."""
    config, weights = config_of(name), str(folder / f'{name}.pth')
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    torch.save(dict(state_dict=model.state_dict()), weights)
    scene = folder / f'{name}.tif'

    def run(work: Callable, network: object, way: str) -> Callable[[], dict]:
        return lambda: apart(work, scene, network, folder / f'{name}_{way}.map.tif')

    kinds = ['float32'] + ['bfloat16'] * has_bfloat16('cpu')
    made = {kind: Segmentor(config, weights, 'cpu', kind) for kind in kinds}
    ways = {kind: run(by_this_package, made[kind], kind) for kind in reversed(kinds)}
    ways['loop'] = run(by_loop, model, 'loop')
    if peers:
        ways['terratorch'] = run(by_terratorch, model, 'terratorch')
    return ways


def measure(name: str, side: int, turns: int, folder: Path, peers: bool) -> dict:
    """All figures for one network."""
    shown = write_scene(folder / f'{name}.tif', side)
    ways = ways_of(name, folder, peers)
    costs: dict[str, list[dict]] = {way: [] for way in ways}
    for _ in range(turns):
        for way, cost in ways.items():
            costs[way].append(cost())
    seconds = {w: np.array([c['seconds'] for c in found]) for w, found in costs.items()}
    usual = next(iter(ways))
    return dict(side=side, imagery=shown) | {
        way: dict(
            seconds=round(float(np.median(times)), 2),
            range=[round(float(x), 2) for x in (times.min(), times.max())],
            megapixels_per_second=round(side**2 / 1e6 / float(np.median(times)), 2),
            megabytes=max(cost['megabytes'] for cost in costs[way]),
            times_of_ours=round(float(np.median(times / seconds[usual])), 2),
        )
        for way, times in seconds.items()
    }


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--side', type=int, default=2048)
    parser.add_argument('--deep-side', type=int, default=1024, help='of ResNet-50')
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=NETWORKS)
    args = parser.parse_args()
    init_default_scope('mmseg')
    torch.set_num_threads(1)
    peers = has_terratorch()
    with tempfile.TemporaryDirectory() as folder:
        networks = {
            name: measure(
                name,
                args.deep_side if name == DEEP else args.side,
                args.turns,
                Path(folder),
                peers,
            )
            for name in args.networks
        }
    summary = {} if peers else dict(terratorch='absent: see requirements-peers.txt')
    for name, figures in networks.items():
        ratios = [
            f'{way} takes {figures[way]["times_of_ours"]} times as long'
            for way in ('loop', 'terratorch')
            if way in figures
        ]
        summary[name] = ', '.join(ratios)
    result = dict(
        processor=processor(),
        threads=1,
        torch=torch.__version__,
        bfloat16=has_bfloat16('cpu'),
        batch=BATCH,
        turns=args.turns,
        **networks,
    )
    chosen = () if args.networks == NETWORKS else (*args.networks, str(args.side))
    write_result('_'.join(['map_peers', *chosen]), result, summary)


if __name__ == '__main__':
    main()
