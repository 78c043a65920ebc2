"""Labelled and unlabelled windows in one batch."""

import math

import numpy as np
from mmengine.registry import DATASETS

from .domains import DomainDataset
from .sampler import SampleKey


@DATASETS.register_module()
class LabelledAndUnlabelled(DomainDataset):
    """Half a batch of each; see ``DomainDataset``.

    The samplers keep pairs of rows together in one process, so that an unlabelled
    window finds the same partner for CutMix on any number of processes. Pairs of grid
    windows change with the epoch.

    Args:
        datasets: Config of the labelled set, then of the unlabelled one, whose pipeline
            has ``StrongViews`` before ``PackWindow``.
    """

    def __init__(self, datasets: list[dict]) -> None:
        super().__init__(datasets)
        self.metainfo = self.datasets[0].metainfo

    @property
    def windows_per_region(self) -> int:
        """Rows that stay together."""
        return math.lcm(2, super().windows_per_region)

    def __len__(self) -> int:
        rows = super().__len__() // self.num_domains
        return self.num_domains * (rows + rows % 2)

    def __getitem__(self, key: SampleKey | int) -> dict:
        """One sample; a plain number stands for seed 0 and epoch 0."""
        key = key if isinstance(key, SampleKey) else SampleKey(0, 0, int(key))
        row, domain = divmod(key.index, self.num_domains)
        drawn = getattr(self.datasets[1], 'num_windows', None) is not None
        if domain == 1 and row % 2 and not drawn:
            pairs = len(self) // (2 * self.num_domains)
            rng = np.random.default_rng([key.seed, key.epoch])
            row = 2 * ((row // 2 + int(rng.integers(pairs))) % pairs) + 1
        return super().__getitem__(key._replace(index=row * self.num_domains + domain))
