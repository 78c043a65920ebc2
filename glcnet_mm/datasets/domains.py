"""Several data sets as the domains of one pre-training."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.registry import DATASETS
from torch.utils.data import Dataset

from ..errors import UserError
from .sampler import SampleKey


@DATASETS.register_module()
class DomainDataset(Dataset):
    """Draws equally many samples of every data set; smaller ones come more often.

    Sample ``i`` is of domain ``i % n``, and its ``data_samples`` carry that number as
    ``domain``. With the samplers of this package every batch of a multiple of n samples
    has the same share of every domain.

    Args:
        datasets: Configs of the data sets, each with a pipeline that ends in
            ``PackViews`` and gives views of the same bands and size.
    """

    def __init__(self, datasets: Sequence[dict]) -> None:
        if not datasets:
            raise UserError('DomainDataset needs at least one data set.')
        self.datasets = [DATASETS.build(dict(d)) for d in datasets]
        for number, dataset in enumerate(self.datasets):
            if len(dataset) == 0:
                raise UserError(f'The data set of domain {number} has no windows.')
        self.metainfo: dict[str, Any] = dict(classes=(), palette=[])
        layouts = [_layout(dataset) for dataset in self.datasets]
        for number, layout in enumerate(layouts):
            if layout != layouts[0]:
                raise UserError(
                    f'Domain 0 gives {layouts[0]} but domain {number} {layout}; they '
                    f'share batches: choose equal bands in LoadRaster, equal sizes in '
                    f'MakeViews, and bring values to one scale by StandardiseViews.'
                )

    @property
    def num_domains(self) -> int:
        """Number of data sets, n."""
        return len(self.datasets)

    @property
    def windows_per_region(self) -> int:
        """Rows that stay together, so that no domain's shared reads are torn apart."""
        return math.lcm(*(getattr(d, 'windows_per_region', 1) for d in self.datasets))

    def __len__(self) -> int:
        return self.num_domains * max(map(len, self.datasets))

    def __getitem__(self, key: SampleKey | int) -> dict:
        """One sample; a plain number stands for seed 0 and epoch 0."""
        key = key if isinstance(key, SampleKey) else SampleKey(0, 0, int(key))
        if not 0 <= key.index < len(self):
            raise IndexError(f'Sample {key.index} of {len(self)}')
        row, domain = divmod(key.index, self.num_domains)
        dataset = self.datasets[domain]
        # Repeats within an epoch count as further epochs, and the domains have seeds
        # of their own, so that no two samples share their randomness.
        rounds = -(-len(self) // (self.num_domains * len(dataset)))
        further, index = divmod(row, len(dataset))
        seed = key.seed * self.num_domains + domain
        sample = dataset[SampleKey(seed, key.epoch * rounds + further, index)]
        sample['data_samples'].domain = torch.tensor(domain)
        return sample


def _layout(dataset: Dataset) -> str:
    """Bands, size and type of the views of one sample, in words."""
    views = dataset[SampleKey(0, 0, 0)]['inputs']
    views = views if isinstance(views, list) else [views]
    return ' and '.join(
        f'{len(view)} bands of {view.shape[2]}x{view.shape[1]} px in '
        f'{str(view.dtype).removeprefix("torch.")}'
        for view in views
    )
