"""Distributed training on GPUs and on CPUs."""

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn


@MODEL_WRAPPERS.register_module()
class GpuSyncBNDistributedDataParallel(MMDistributedDataParallel):
    """Synchronises batch norm on GPUs; torch cannot do so on CPUs.

    In a config of its own kind instead of ``sync_bn='torch'``, which would stop a run
    on CPUs, where mmengine's wrapper also asks for a device that is not there.
    """

    def __init__(
        self,
        module: nn.Module,
        device_ids: list[int] | None = None,
        broadcast_buffers: bool = False,
        **kwargs,
    ) -> None:
        if torch.cuda.is_available():
            module = nn.SyncBatchNorm.convert_sync_batchnorm(module)
        else:
            device_ids = None
        # No second copy of every gradient. ``static_graph`` is left to the config:
        # torch ends with an assertion where gradients are accumulated under it.
        kwargs.setdefault('gradient_as_bucket_view', True)
        super().__init__(
            module,
            device_ids=device_ids,
            broadcast_buffers=broadcast_buffers,
            **kwargs,
        )
