"""Keys of earlier batches, kept in the checkpoint (He et al., MoCo, CVPR 2020)."""

import torch
import torch.nn.functional as F
from mmengine import dist
from torch import Tensor, nn


class KeyQueue(nn.Module):
    """A ring of unit vectors; new ones replace the oldest.

    Args:
        length: Number of keys.
        channels: Width of a key.
    """

    keys: Tensor
    position: Tensor

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        keys = F.normalize(torch.randn(length, channels), dim=1)
        self.register_buffer('keys', keys)
        self.register_buffer('position', torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def push(self, keys: Tensor) -> None:
        """Adds ``(N, D)`` unit keys of every process, in order of rank."""
        keys = torch.cat(dist.all_gather(keys.float().contiguous()))[-len(self.keys) :]
        places = (self.position + torch.arange(len(keys), device=keys.device)) % len(
            self.keys
        )
        self.keys[places] = keys
        self.position.add_(len(keys)).remainder_(len(self.keys))
