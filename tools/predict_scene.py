"""Maps a whole scene with a trained segmentor.

python tools/predict_scene.py SCENE OUT --config CONFIG --checkpoint WEIGHTS

OUT is a GeoTIFF with the position of SCENE, a colour table and class names; open it in
QGIS as it is.
"""

import argparse
import sys

import torch
from mmengine.config import Config, DictAction

import glcnet_mm  # noqa: F401
from glcnet_mm.inference import Segmentor, check_files, map_scene


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('scene', help='raster to map')
    parser.add_argument('out', help='class map to write (.tif)')
    parser.add_argument('--config', required=True, help='config of the segmentor')
    parser.add_argument('--checkpoint', required=True, help='its weights')
    parser.add_argument('--window', type=int, help='side of the windows in pixels')
    parser.add_argument('--overlap', type=int, help='of neighbouring windows in pixels')
    parser.add_argument('--batch-size', type=int, default=4, help='windows per pass')
    parser.add_argument(
        '--device', help='cpu, cuda, cuda:1, ...; a GPU if there is one'
    )
    parser.add_argument(
        '--probabilities', metavar='PATH', help='also write these (.tif, 250 is 1)'
    )
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={})
    return parser.parse_args()


def main() -> None:
    """Checks the files, loads the model, maps."""
    args = parse_args()
    device = args.device or ('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        check_files(args.scene, args.out, args.probabilities, args.checkpoint)
        config = Config.fromfile(args.config)
        config.merge_from_dict(args.cfg_options)
        map_scene(
            Segmentor(config, args.checkpoint, device),
            args.scene,
            args.out,
            args.probabilities,
            args.window,
            args.overlap,
            args.batch_size,
        )
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'Map written to {args.out}')


if __name__ == '__main__':
    main()
