"""Learning rates that fall with the depth of a layer."""

import re

from mmengine.optim import DefaultOptimWrapperConstructor
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

from .loaded_parts import is_loaded

# Stages as ResNets, timm's networks, ConvNeXt and Swin number them.
STAGE = re.compile(r'\.(?:layers?|stages?|blocks|features)[._]?(\d+)\.')


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayConstructor(DefaultOptimWrapperConstructor):
    """Multiplies the rate by a factor for every stage towards the input.

    Of ``paramwise_cfg`` it reads ``layer_decay``, the factor, and ``level``, what was
    loaded, beside mmengine's own keys, whose multipliers stay. What was not loaded
    keeps its rate; loaded parts of the head have the factor once, the last stage of the
    backbone once more, and so on down to what comes before the first stage. mmseg's and
    mmpretrain's constructors know a few transformers and ConvNeXt only.
    """

    def add_params(
        self,
        params: list[dict],
        module: nn.Module,
        prefix: str = '',
        is_dcn_module: int | float | None = None,
    ) -> None:
        """One group per parameter; see the class."""
        super().add_params(params, module, prefix, is_dcn_module)
        if prefix:
            return  # a part of the model, of which the whole takes care
        names = {id(p): name for name, p in module.named_parameters()}
        depths = layer_depths(list(names.values()), self.paramwise_cfg['level'])
        for group in params:
            depth = depths[names[id(group['params'][0])]]
            factor = self.paramwise_cfg['layer_decay'] ** depth
            group['lr'] = group.get('lr', self.base_lr) * factor


def layer_depths(names: list[str], level: str | tuple[str, ...]) -> dict[str, int]:
    """Distance from the new parts, by name of a parameter; 0 is new."""
    loaded = [name for name in names if is_loaded(name, level)]
    backbone = [name for name in loaded if name.startswith('backbone.')]
    in_head = int(len(loaded) > len(backbone))
    found = {name: STAGE.search(name) for name in backbone}
    stages = sorted({int(match[1]) for match in found.values() if match})
    # What has no number comes before the first stage.
    below = {stage: len(stages) - i for i, stage in enumerate(stages)}
    depths = {name: int(name in loaded) for name in names}
    for name, match in found.items():
        away = below[int(match[1])] if match else len(stages) + 1
        depths[name] = in_head + away
    return depths
