"""Writes the backbone of a checkpoint for torchvision, timm and whatever reads theirs.

python tools/export_backbone.py CHECKPOINT OUT.pth
"""

import argparse

from glcnet_mm.console.tool import run_tool


def main() -> None:
    """Reads the command line and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='of a pre-training or a segmentor')
    parser.add_argument('out', help='file to write (.pth)')
    parser.add_argument('--stream', help='optical or sar, of a checkpoint with both')
    args = parser.parse_args()
    from glcnet_mm.models.weights.export import export_backbone

    print(export_backbone(args.checkpoint, args.out, args.stream))


if __name__ == '__main__':
    run_tool(main)
