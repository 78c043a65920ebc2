"""Parameters and time of a training step of every method, beside GLCNet's.

    python tools/make_sample.py data/sample
    python benchmarks/method_cost.py

Writes benchmarks/results/method_cost.json: millions of parameters of the networks with
ResNet-50 for 4 bands, and for the small configs, run by the Runner on the generated
sample on one CPU thread, the median seconds of an iteration of 32 windows and its ratio
to GLCNet's in the same run.
"""

import tempfile

import numpy as np
import torch
from common import processor, write_result
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from torch import nn

import glcnet_mm  # noqa: F401
from glcnet_mm.studies.definition import locate
from glcnet_mm.studies.timing import train_clocked

# Base of the large network and config of the small one.
METHODS = {
    'GLCNet': ('glcnet_r50', 'glcnet'),
    'SimCLR': (None, 'simclr'),
    'MoCo v2': ('moco_r50', 'moco'),
    'Jigsaw': ('jigsaw_r50', 'jigsaw'),
    'Inpainting': ('inpainting_r50', 'inpainting'),
    'Multi-task': ('multitask_r50', 'multitask'),
    'Multi-task, VGG-16': ('multitask_vgg16', None),
    'MPINet': ('mpinet_r50', 'mpinet'),
    'TMCNet': ('tmcnet_r50', None),
}
ITERATIONS, WARM_UP, BATCH = 8, 2, 32


def millions(module: nn.Module) -> float:
    """Parameters."""
    return round(sum(p.numel() for p in module.parameters()) / 1e6, 2)


def parameters(base: str) -> dict[str, float]:
    """Of a network and of its parts."""
    config = Config.fromfile(locate(f'configs/_base_/models/{base}.py'))
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config.model)
    parts = {name: millions(part) for name, part in model.named_children()}
    parts = {name: count for name, count in parts.items() if count}
    return dict(all=millions(model), **parts)


def seconds(name: str) -> float:
    """Of an iteration."""
    config = Config.fromfile(locate(f'configs/{name}/{name}_r18_small_sample.py'))
    config.train_cfg.max_iters = ITERATIONS
    config.train_dataloader.batch_size = BATCH
    with tempfile.TemporaryDirectory() as folder:
        _, ends = train_clocked(config, folder)
    return float(np.median(np.diff(ends)[WARM_UP:]))


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    table = {}
    for method, (base, small) in METHODS.items():
        row = {}
        if base is not None:
            row['million_parameters'] = parameters(base)
        if small is not None:
            row['small_seconds'] = round(seconds(small), 3)
            row['small_by_glcnet'] = round(
                row['small_seconds'] / table.get('GLCNet', row)['small_seconds'], 2
            )
        table[method] = row
    write_result(
        'method_cost',
        dict(
            processor=processor(),
            threads=1,
            torch=torch.__version__,
            batch_size=BATCH,
            methods=table,
        ),
    )


if __name__ == '__main__':
    main()
