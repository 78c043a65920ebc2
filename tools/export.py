"""Exports a trained segmentor to run without this package.

    python tools/export.py CONFIG CHECKPOINT OUT.onnx --scene SCENE
    python tools/export.py CONFIG CHECKPOINT OUT.pt2 --scene SCENE

Normalisation and full resolution are inside: pixels as the raster holds them go in as
``image``, float32 (N, bands, H, W) of any size from 64 px, and ``logits`` (N, classes,
H, W) come out. The graph is compared with the model on the middle of SCENE.
"""

import argparse

from glcnet_mm import register
from glcnet_mm.config import check_config_path, read_config
from glcnet_mm.console.tool import DictAction, run_tool
from glcnet_mm.writable import check_file


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('config', help='of the segmentor')
    add('checkpoint', help='its weights')
    add('out', help='file to write: .onnx, or .pt2 of torch.export')
    add('--scene', required=True, help='raster to compare graph and model on')
    add('--cfg-options', nargs='+', action=DictAction, default={})
    return parser.parse_args()


def main() -> None:
    """Exports and compares."""
    args = parse_args()
    check_file(args.out)
    check_config_path(args.config)
    register()
    from glcnet_mm.mapping.deploy import export, largest_difference
    from glcnet_mm.mapping.segmentor import Segmentor

    config = read_config(args.config, args.cfg_options)
    segmentor = Segmentor(config, args.checkpoint, 'cpu', 'float32')
    export(segmentor, args.out)
    difference = largest_difference(segmentor, args.out, args.scene)
    print(  # noqa: T201
        f'Written to {args.out}; on {args.scene} its logits differ from those of the '
        f'model by at most {difference:.1e}.'
    )


if __name__ == '__main__':
    run_tool(main)
