"""Lets torch read mmengine's own checkpoints without running code in them."""

import torch

from ..models.checkpoints import MMENGINE_TYPES

# From 2.6 on torch.load refuses unknown types by default, and mmengine 0.10.7 then
# fails to resume; names beside types can be allowed since the same version.
if tuple(map(int, torch.__version__.split('.')[:2])) >= (2, 6):
    torch.serialization.add_safe_globals(MMENGINE_TYPES)
