"""Backbones for other projects."""

import re
from pathlib import Path

import torch
from torch import Tensor

from ...errors import UserError
from ...files import whole_file
from ...writable import check_file
from .checkpoints import read_checkpoint
from .key_styles import translate
from .streams import to_stream

# All that a plain ResNet of torchvision or timm has beside its classifier.
PLAIN_RESNET = re.compile(
    r'(conv1\.weight|bn1\.\w+'
    r'|layer[1-4]\.\d+\.(conv[123]|bn[123]|downsample\.[01])\.\w+)$'
)


def export_backbone(
    checkpoint: str | Path, out: str | Path, stream: str | None = None
) -> str:
    """Writes the backbone of a checkpoint as a plain state dict, torchvision's names.

    Args:
        checkpoint: Of any key style; see ``translate``.
        out: File to write, under a temporary name first.
        stream: ``optical`` or ``sar``, of a checkpoint with both.

    Returns:
        A sentence that says what was written and for how many bands.

    Raises:
        UserError: The backbone is no plain ResNet, or ``out`` is no place to write to.
    """
    out = Path(out)
    if out.is_dir() or out.resolve() == Path(checkpoint).resolve():
        raise UserError(f'{out} is a folder or the checkpoint; name another file.')
    check_file(out)
    weights = backbone_weights(checkpoint, stream)
    with whole_file(out) as partial:
        torch.save(weights, partial)
    width, bands = weights['conv1.weight'].shape[:2]
    sentence = f'Wrote {len(weights)} weights of a ResNet for {bands} bands to {out}'
    if (width, bands) == (64, 3):
        return sentence
    return (
        f'{sentence}; its stem is {width} wide and takes {bands} bands, 64 and 3 in '
        f'torchvision, so the model to load it must be built that way'
    )


def backbone_weights(
    checkpoint: str | Path, stream: str | None = None
) -> dict[str, Tensor]:
    """``{name in torchvision: tensor}`` of the backbone in a checkpoint."""
    _, weights, unknown = translate(
        read_checkpoint(checkpoint).weights, source=str(checkpoint)
    )
    weights = {name: value for name, value in weights.items() if name not in unknown}
    if stream is not None:
        weights = to_stream(weights, stream, (), str(checkpoint))
    backbone = {
        name.removeprefix('backbone.'): value.clone(
            memory_format=torch.contiguous_format
        )
        for name, value in weights.items()
        if name.startswith('backbone.')
    }
    other = [name for name in backbone if not PLAIN_RESNET.match(name)]
    if other or 'conv1.weight' not in backbone:
        found = f'has {other[0]}' if other else 'has no conv1.weight'
        raise UserError(
            f'The backbone in {checkpoint} is no plain ResNet (it {found}), and others '
            f'have no names in common with torchvision; give one of a plain ResNet.'
        )
    return backbone
