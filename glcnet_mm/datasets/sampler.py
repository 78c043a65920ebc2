"""Samplers that give every sample its own random state.

mmengine seeds its workers alike in every epoch, so hundreds of epochs repeat the
augmentation of one. Here a sample's randomness is a function of (seed, epoch, index):
epochs differ, the number of workers does not matter and a resumed run is exact.
"""

import math
from collections.abc import Iterator, Sized
from typing import NamedTuple

import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmengine.registry import DATA_SAMPLERS
from torch.utils.data import Sampler


class SampleKey(NamedTuple):
    """What a data set needs to know to draw one sample."""

    seed: int
    epoch: int
    index: int


@DATA_SAMPLERS.register_module()
class PerSampleSampler(Sampler):
    """One epoch after the other, for ``EpochBasedTrainLoop``.

    Of a ``DomainDataset`` every process draws the domains in turn, so that a batch has
    equally many samples of each.

    Args:
        dataset: Anything with a length.
        shuffle: Another order in every epoch.
        seed: Seed of order and samples; the runner passes its own.
        round_up: Repeat some samples so that all processes have equally many.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int | None = None,
        round_up: bool = True,
    ) -> None:
        self.dataset = dataset
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.round_up = round_up
        self.epoch = 0
        self.rank, self.world_size = get_dist_info()
        self.domains = getattr(dataset, 'num_domains', 1)

    def __iter__(self) -> Iterator[SampleKey]:
        yield from self._keys(self.epoch)

    def __len__(self) -> int:
        rows = len(self.dataset) // self.domains
        if self.round_up:
            return math.ceil(rows / self.world_size) * self.domains
        return len(range(self.rank, rows, self.world_size)) * self.domains

    def set_epoch(self, epoch: int) -> None:
        """Chooses order and random states; mmengine calls it before every epoch."""
        self.epoch = epoch

    def _keys(self, epoch: int) -> Iterator[SampleKey]:
        # A row holds one sample of every domain; usually there is but one.
        rows = len(self.dataset) // self.domains
        columns = [torch.arange(rows)] * self.domains
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            columns = [torch.randperm(rows, generator=generator) for _ in columns]
        order = torch.stack(columns, 1) * self.domains + torch.arange(self.domains)
        if self.round_up and rows:
            missing = -rows % self.world_size
            order = torch.cat([order, order[:missing]])
        for index in order[self.rank :: self.world_size].flatten().tolist():
            yield SampleKey(self.seed, epoch, index)


@DATA_SAMPLERS.register_module()
class InfinitePerSampleSampler(PerSampleSampler):
    """An endless stream of epochs, for ``IterBasedTrainLoop``."""

    start = 0

    def __iter__(self) -> Iterator[SampleKey]:
        epoch, first = divmod(self.start, max(len(self), 1))
        while True:
            for position, key in enumerate(self._keys(epoch)):
                if position >= first:
                    yield key
            epoch, first = epoch + 1, 0

    def skip(self, num_samples: int) -> None:
        """Starts behind the first samples of this process, without reading them."""
        self.start = num_samples

    def set_epoch(self, epoch: int) -> None:
        """Does nothing: the stream counts its own epochs."""
