"""What a GPU makes of it: right first, then fast.

    python benchmarks/gpu.py
    python benchmarks/gpu.py --device cpu --tiny

Runs the tests that need a GPU, compares one step in float32 on CPU and GPU, and times
training steps of GLCNet with ResNet-50 at 224 px, the loader alone, NT-Xent and
mapping, within eight minutes. ``--tiny`` goes the same ways on any machine; its figures
mean nothing. Writes benchmarks/results/gpu.json; without a GPU it says so.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from common import smooth_pixels, write_result
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from mmengine.structures import BaseDataElement
from torch import nn

from glcnet_mm.datasets import stack_samples
from glcnet_mm.mapping import Segmentor
from glcnet_mm.models.losses import NTXentLoss
from glcnet_mm.rasters.raster_io import Window

ROOT = Path(__file__).parents[1]
SECONDS, STEPS = 440, 10
LOSS, GRADIENT = 1e-4, 1e-3
FULL = dict(model='glcnet_r50', side=224, batches=(64, 256, 512), rows=(2**12, 2**16))
TINY = dict(model='glcnet_r18', side=96, batches=(2,), rows=(2**6,))


class Timer:
    """Seconds of work on a device, and whether there is time for more of it."""

    def __init__(self, device: str) -> None:
        self.device, self.end = device, time.perf_counter() + SECONDS

    def left(self) -> bool:
        """Whether to begin anything further."""
        return time.perf_counter() < self.end

    def __call__(self, work: Callable[[], object], repeats: int) -> float:
        """Mean seconds of a call; a GPU is waited for once, at the end."""
        for _ in range(2 if repeats > 1 else 1):
            work()
        self.wait()
        begin = time.perf_counter()
        for _ in range(repeats):
            work()
        self.wait()
        return (time.perf_counter() - begin) / repeats

    def wait(self) -> None:
        """Until the device has done what it was given."""
        if self.device == 'cuda':
            torch.cuda.synchronize()


def batch_of(number: int, side: int) -> dict:
    """Pairs of views as a loader gives them."""
    eye, samples = torch.eye(3, dtype=torch.float64), []
    pixels = torch.from_numpy(smooth_pixels(3, side))
    for index in range(number):
        sample = BaseDataElement(
            homographies=torch.stack([eye, eye]),
            valid=torch.ones(2, side, side, dtype=torch.bool),
            match_seed=torch.tensor(index),
        )
        views = [pixels.roll(index, 1), pixels.roll(2 * index, 2)]
        samples.append(dict(inputs=views, data_samples=sample))
    return stack_samples(samples)


def build(size: dict, channels_last: bool = True) -> nn.Module:
    """GLCNet with the same weights every time."""
    torch.manual_seed(0)
    config = Config.fromfile(ROOT / f'configs/_base_/models/{size["model"]}.py').model
    config.backbone.in_channels = 3
    config.data_preprocessor = dict(
        type='MultiBandPreprocessor',
        mean=[127.0] * 3,
        std=[40.0] * 3,
        channels_last=channels_last,
    )
    return MODELS.build(config).train()


def step(model: nn.Module, batch: dict, narrow: bool = False) -> torch.Tensor:
    """Loss and gradient of a batch that is on the host."""
    data = model.data_preprocessor(batch, True)
    device = model.data_preprocessor.device.type
    context = torch.autocast(device, torch.bfloat16) if narrow else nullcontext()
    with context:
        losses = model(**data, mode='loss')
    loss = sum(value for name, value in losses.items() if name.startswith('loss'))
    model.zero_grad(set_to_none=True)
    loss.backward()
    return loss.detach()


def compare(size: dict, device: str) -> dict:
    """One step in float32 on both; dropout draws differ by device, so it is off."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    found = []
    for place in ('cpu', device):
        model = build(size)
        for module in model.modules():
            if isinstance(module, nn.Dropout | nn.Dropout2d):
                module.p = 0.0
        loss = step(model.to(place), batch_of(4, size['side']))
        grads = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
        found.append((loss.item(), torch.cat(grads).double().cpu()))
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    (loss, gradient), (other, its) = found
    apart = dict(
        loss=abs(loss - other) / abs(loss),
        gradient=float((gradient - its).norm() / gradient.norm()),
    )
    right = apart['loss'] <= LOSS and apart['gradient'] <= GRADIENT
    return dict(apart, agrees=right)


def training(size: dict, timer: Timer) -> dict:
    """Pairs per second and memory, by batch and by way."""
    ways = {
        'eager float32': dict(channels_last=False),
        'channels_last float32': {},
        'bfloat16': dict(channels_last=False, narrow=True),
        'channels_last bfloat16': dict(narrow=True),
        'compiled bfloat16': dict(narrow=True, compiled=True),
    }
    return {
        f'{name}, batch {batch}': train_one(size, batch, timer, **way)
        for batch in size['batches']
        for name, way in ways.items()
        if timer.left()
    }


def train_one(
    size: dict,
    batch: int,
    timer: Timer,
    channels_last: bool = True,
    narrow: bool = False,
    compiled: bool = False,
) -> dict:
    """One way; ``memory`` when there is too little of it."""
    model = build(size, channels_last).to(timer.device)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
    if compiled:
        # A CPU only tries the way: its compiler would take a minute.
        gpu = timer.device == 'cuda'
        model.compile(backend='inductor' if gpu else 'eager')
    data = batch_of(batch, size['side'])
    if timer.device == 'cuda':
        data['inputs'] = [view.pin_memory() for view in data['inputs']]
        data['data_samples'] = data['data_samples'].pin_memory()
        torch.cuda.reset_peak_memory_stats()
    try:
        seconds = timer(lambda: step(model, data, narrow), size['steps'])
    except torch.OutOfMemoryError:
        return dict(failed='memory')
    peak = torch.cuda.max_memory_allocated() if timer.device == 'cuda' else 0
    return dict(pairs_per_s=round(batch / seconds, 1), peak_gib=round(peak / 2**30, 2))


def matrix_peak(timer: Timer, side: int) -> float:
    """Measured TFLOP/s of a product in bfloat16."""
    one = torch.randn(side, side, device=timer.device, dtype=torch.bfloat16)
    return 2 * side**3 / timer(lambda: one @ one, 10) / 1e12


def convolution_tflop(size: dict) -> float:
    """Multiplications and additions of a pair's step, from one forward pass."""
    from torch.utils.flop_counter import FlopCounterMode

    model = build(size)
    with FlopCounterMode(display=False) as counter:
        step(model, batch_of(2, size['side']))
    return counter.get_total_flops() / 2 / 1e12


def nt_xent(size: dict, timer: Timer) -> dict:
    """Milliseconds and memory of value and gradient, by rows 2N."""
    found, loss = {}, NTXentLoss()
    for rows in size['rows']:
        views = [
            torch.randn(rows // 2, 128, device=timer.device, requires_grad=True)
            for _ in range(2)
        ]
        if timer.device == 'cuda':
            torch.cuda.reset_peak_memory_stats()
        ms = 1000 * timer(lambda views=views: loss(*views).backward(), 3)
        peak = torch.cuda.max_memory_allocated() if timer.device == 'cuda' else 0
        found[str(rows)] = dict(ms=round(ms, 2), peak_gib=round(peak / 2**30, 2))
    return found


def mapping(size: dict, timer: Timer) -> dict:
    """Megapixels per second of logits of windows of 256 px, by precision."""
    name = 'deeplabv3plus_r18' if size['steps'] == 1 else 'deeplabv3plus_r50'
    config = Config.fromfile(ROOT / f'configs/_base_/models/{name}.py')
    config.model.backbone.in_channels = 3
    number = 2 if size['steps'] == 1 else 64
    pixels = np.ascontiguousarray(smooth_pixels(3, 256).transpose(1, 2, 0))
    window = (Window(0, 0, 256, 256), pixels, np.ones((256, 256), bool))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        weights = str(Path(folder) / 'weights.pth')
        torch.save(dict(state_dict=MODELS.build(config.model).state_dict()), weights)
        for precision in ('float32', 'bfloat16'):
            segmentor = Segmentor(config, weights, timer.device, precision)
            seconds = timer(lambda s=segmentor: s('scene', [window] * number), 3)
            found[f'{precision}_mpx_per_s'] = round(number * 256**2 / seconds / 1e6, 2)
    return found


def loading(size: dict, workers: int) -> float:
    """Samples per second of the loader alone."""
    import rasterio
    from torch.utils.data import DataLoader

    from glcnet_mm.datasets import InfinitePerSampleSampler, WindowDataset

    views = Config.fromfile(ROOT / 'configs/_base_/views/glcnet.py')
    make = dict(type='MakeViews', views=[views.view1, views.view2], crop=256)
    batch, number = size['batches'][0], 2 if size['steps'] == 1 else 40
    with tempfile.TemporaryDirectory() as folder:
        settings = dict(driver='GTiff', count=3, width=2048, height=2048, dtype='uint8')
        tiles = dict(tiled=True, blockxsize=512, blockysize=512, compress='deflate')
        path = f'{folder}/scene.tif'
        with rasterio.open(path, 'w', **settings, **tiles) as target:
            target.write(smooth_pixels(3, 2048))
        pipeline = [dict(type='LoadRaster'), make, dict(type='PackViews')]
        data = WindowDataset(path, 256, pipeline, sampling=dict(num_windows=10**6))
        stream = iter(
            DataLoader(
                data,
                batch,
                sampler=InfinitePerSampleSampler(data, seed=0),
                num_workers=workers,
                collate_fn=stack_samples,
            )
        )
        next(stream)
        begin = time.perf_counter()
        for _ in range(number):
            next(stream)
        return round(number * batch / (time.perf_counter() - begin), 1)


def lines(result: dict) -> dict[str, str]:
    """The table."""
    table = {'tests': result['tests'], 'CPU and device agree': str(result['step'])}
    for name, found in result['training'].items():
        share = found.get('share_of_matrix_peak')
        table[name] = found.get('failed') or (
            f'{found["pairs_per_s"]} pairs/s, {found["peak_gib"]} GiB'
            + (f', {share:.0%} of the matrix peak' if share else '')
        )
    for rows, found in result['nt_xent'].items():
        table[f'NT-Xent, 2N = {rows}'] = f'{found["ms"]} ms, {found["peak_gib"]} GiB'
    table['loader alone'] = f'{result["loader_samples_per_s"]} samples/s'
    for name, rate in result['mapping'].items():
        table[f'mapping, {name.split("_")[0]}'] = f'{rate} Mpx/s'
    return table


def gpu_tests() -> str:
    """The last line of the tests that need a GPU."""
    command = [sys.executable, '-m', 'pytest', '-m', 'gpu', 'tests/mapping']
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--device', choices=('cuda', 'cpu'), default='cuda')
    parser.add_argument('--tiny', action='store_true', help='the same ways, in seconds')
    parser.add_argument('--workers', type=int, default=8)
    args = parser.parse_args()
    if args.device == 'cuda' and not torch.cuda.is_available():
        print('No GPU here: nothing was measured. --device cpu --tiny tries the ways.')
        return
    init_default_scope('mmseg')
    size = dict(TINY, steps=1) if args.tiny else dict(FULL, steps=STEPS)
    timer = Timer(args.device)
    gpu = args.device == 'cuda'
    result = dict(
        device=torch.cuda.get_device_name() if gpu else 'cpu',
        torch=torch.__version__,
        tests=gpu_tests() if gpu else 'no GPU',
        step=compare(size, args.device),
        matrix_peak_tflops=round(matrix_peak(timer, 8192 if gpu else 256), 3),
        tflop_per_pair=convolution_tflop(size),
        nt_xent=nt_xent(size, timer),
        mapping=mapping(size, timer),
        loader_samples_per_s=loading(size, 0 if args.tiny else args.workers),
        training=training(size, timer),
    )
    for found in result['training'].values():
        if 'pairs_per_s' in found:
            rate = found['pairs_per_s'] * result['tflop_per_pair']
            found['share_of_matrix_peak'] = rate / result['matrix_peak_tflops']
    for name, text in lines(result).items():
        print(f'{name:<40}  {text}')
    if not args.tiny:
        write_result('gpu', result, lines(result))


if __name__ == '__main__':
    main()
