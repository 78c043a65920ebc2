"""A trained network made ready for nothing but inference."""

from copy import deepcopy

import torch
from mmcv.cnn.utils import fuse_conv_bn
from mmengine.logging import print_log
from mmseg.models.segmentors import BaseSegmentor

from ..models.weights.streams import accepted_bands

# Largest change of a feature, as a share of the largest one.
TOLERANCE = 1e-4
PROBE_PX = 64


def made_fast(model: BaseSegmentor) -> BaseSegmentor:
    """The network with batch norm folded into convolutions, laid out for them.

    mmcv's folding takes a norm that is listed behind a convolution for one that follows
    it. Where that changes the features, as in networks that normalise first, or cannot
    be tried, the network stays as it is.

    Args:
        model: In evaluation mode; left as it is.
    """
    backbone, bands = getattr(model, 'backbone', None), accepted_bands(model)
    if backbone is not None and bands:
        folded = fuse_conv_bn(deepcopy(model))
        if _agree(model, folded, max(bands)):
            model = folded
        else:
            print_log(
                'Batch norm is not folded: that would change what the model says.'
            )
    return model.to(memory_format=torch.channels_last)


@torch.inference_mode()
def _agree(model: BaseSegmentor, folded: BaseSegmentor, bands: int) -> bool:
    """Whether two networks make the same features, decode head included, of noise."""
    first = next(model.parameters())
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2, bands, PROBE_PX, PROBE_PX, generator=generator).to(first)
    try:
        pairs = [*zip(_outputs(model, noise), _outputs(folded, noise), strict=True)]
    except (AssertionError, RuntimeError, ValueError):  # wants images of another kind
        return False
    return all(
        bool((a - b).abs().max() <= TOLERANCE * a.abs().max().clamp(min=1e-30))
        for a, b in pairs
    )


def _outputs(model: BaseSegmentor, images: torch.Tensor) -> list[torch.Tensor]:
    forward = getattr(model, '_forward', model.backbone)
    found = forward(images)
    return [found] if isinstance(found, torch.Tensor) else list(found)
