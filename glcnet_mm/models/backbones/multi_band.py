"""Any number of input bands for backbones that were written for three."""

from mmengine.registry import MODELS
from torch import nn

from ...errors import UserError


@MODELS.register_module()
def MultiBandBackbone(bands: int, backbone: dict) -> nn.Module:  # noqa: N802
    """Builds a backbone and widens its first convolution to ``bands``.

    Only for backbones without an ``in_channels`` of their own (MobileNetV3, ...): the
    result is the backbone itself, so its parameter names stay and its weights load.

    Args:
        bands: Number of input bands.
        backbone: Config of the backbone.

    Raises:
        UserError: The first convolution is a grouped one.
    """
    module = MODELS.build(backbone)
    stem = next(m for m in module.modules() if isinstance(m, nn.Conv2d))
    if stem.groups != 1:
        raise UserError(
            f'{type(module).__name__} starts with a grouped convolution; give the '
            f'backbone its number of bands by its own argument.'
        )
    stem.in_channels = bands
    stem.weight = nn.Parameter(
        stem.weight.new_empty(len(stem.weight), bands, *stem.kernel_size)
    )
    stem.reset_parameters()
    return module
