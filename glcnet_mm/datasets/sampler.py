"""Samplers that give every sample its own random state.

mmengine seeds its workers alike in every epoch, so hundreds of epochs repeat the
augmentation of one. Here a sample's randomness is a function of (seed, epoch, index):
epochs differ, the number of workers does not matter and a resumed run is exact.
"""

from collections.abc import Iterator, Sized
from typing import NamedTuple

import numpy as np
import torch
from mmengine.dist import get_dist_info, sync_random_seed
from mmengine.registry import DATA_SAMPLERS
from torch.utils.data import Sampler

from ..errors import UserError
from .epoch_order import POOL_BLOCKS, BlockOrder, automatic_block

UNITS_AT_ONCE = 2**14


class SampleKey(NamedTuple):
    """What a data set needs to know to draw one sample."""

    seed: int
    epoch: int
    # Hides the method of tuples of this name, which a key has no use for.
    index: int  # type: ignore[assignment]


@DATA_SAMPLERS.register_module()
class PerSampleSampler(Sampler):
    """One epoch after the other, for ``EpochBasedTrainLoop``.

    Of a ``DomainDataset`` every process draws the domains in turn, so that a batch has
    equally many samples of each. Samples that share one read (as many as the data
    set's ``windows_per_region``, in the order of their numbers) stay together.

    Args:
        dataset: Anything with a length.
        shuffle: Another order in every epoch.
        seed: Seed of order and samples; the runner passes its own.
        round_up: Repeat some samples so that all processes have equally many.
        block: Shuffle blocks of so many consecutive samples, and samples among
            ``POOL_BLOCKS`` blocks: windows of one raster then come close together. A
            full shuffle when None, up to ``LONGEST_ORDER`` samples.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int | None = None,
        round_up: bool = True,
        block: int | None = None,
    ) -> None:
        if block is not None and block < 1:
            raise UserError(f'A block needs at least 1 sample, got {block}.')
        if block is not None and getattr(dataset, 'num_windows', None) is not None:
            raise UserError(
                'block keeps neighbours of the grid together, but num_windows draws '
                'windows anywhere; leave out one of the two.'
            )
        self.dataset = dataset
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.round_up = round_up
        self.block = block
        self.epoch = 0
        self.skipped = 0
        self.rank, self.world_size = get_dist_info()
        self.domains = getattr(dataset, 'num_domains', 1)
        self.together = getattr(dataset, 'windows_per_region', 1)

    def __iter__(self) -> Iterator[SampleKey]:
        first, self.skipped = self.skipped, 0
        yield from self._keys(self.epoch, first)

    def __len__(self) -> int:
        units, places = self._units(), self._places()
        rows = len(places) * self.together
        if not self._padded() and units - 1 in places:
            rows -= units * self.together - self._rows()
        return rows * self.domains

    def skip_once(self, num_samples: int) -> None:
        """Lets the next epoch begin behind its first samples of this process."""
        self.skipped = num_samples

    def set_epoch(self, epoch: int) -> None:
        """Chooses order and random states; mmengine calls it before every epoch."""
        self.epoch = epoch

    def _keys(self, epoch: int, first: int = 0) -> Iterator[SampleKey]:
        """The samples of this process in one epoch, from its ``first`` on."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        block, orders = self._block(), None
        if self.shuffle:
            shuffled = self._rows() // self.together
            orders = [
                BlockOrder(shuffled, block, generator) for _ in range(self.domains)
            ]
        places = self._places()
        # Of a pool in a random order, all at once; else in pieces, to save memory.
        piece = UNITS_AT_ONCE if block == 1 else POOL_BLOCKS * block
        skipped, first = divmod(first, piece * self.together * self.domains)
        for start in range(skipped * piece, len(places), piece):
            columns = self._columns(places[start : start + piece], epoch, orders)
            for index in np.stack(columns, 1).ravel()[first:].tolist():
                yield SampleKey(self.seed, epoch, index)
            first = 0

    def _columns(
        self, places: range, epoch: int, orders: list[BlockOrder] | None
    ) -> list[np.ndarray]:
        """Samples of each domain at some places of the order."""
        rng = np.random.default_rng([self.seed, epoch, places.start])
        steps = np.arange(self.together)
        columns = []
        for domain in range(self.domains):
            units = np.arange(places.start, places.stop, places.step) % self._units()
            if self._block() > 1:
                units = rng.permutation(units)
            if orders is not None:
                units = orders[domain][units]
            rows = (units[:, None] * self.together + steps).ravel()
            # The last unit may lack samples; only several processes fill it up.
            rows = rows % self._rows() if self._padded() else rows[rows < self._rows()]
            columns.append(rows * self.domains + domain)
        return columns

    def _rows(self) -> int:
        """Number of rows; one holds a sample of every domain, usually of but one."""
        return len(self.dataset) // self.domains

    def _units(self) -> int:
        """Number of groups of rows that stay together, a shorter last one included."""
        return -(-self._rows() // self.together)

    def _block(self) -> int:
        """Units per block; 1 where single units are shuffled or none are."""
        if not self.shuffle:
            return 1
        if self.block is None:
            return automatic_block(self._units())
        return -(-self.block // self.together)

    def _padded(self) -> bool:
        return self.round_up and self.world_size > 1

    def _places(self) -> range:
        """Places of this process in the order of units; those behind it start anew."""
        units, rank, processes = self._units(), self.rank, self.world_size
        share = -(-units // processes)
        if self._block() == 1:
            end = share * processes if self.round_up else units
            return range(rank, end, processes)
        # In blocks, neighbours belong to one process, so that it alone opens a file.
        if self.round_up:
            return range(rank * share, (rank + 1) * share)
        return range(units * rank // processes, units * (rank + 1) // processes)


@DATA_SAMPLERS.register_module()
class InfinitePerSampleSampler(PerSampleSampler):
    """An endless stream of epochs, for ``IterBasedTrainLoop``."""

    start = 0

    def __iter__(self) -> Iterator[SampleKey]:
        epoch, first = divmod(self.start, max(len(self), 1))
        while True:
            yield from self._keys(epoch, first)
            epoch, first = epoch + 1, 0

    def skip(self, num_samples: int) -> None:
        """Starts behind the first samples of this process, without drawing them."""
        self.start = num_samples

    def set_epoch(self, epoch: int) -> None:
        """Does nothing: the stream counts its own epochs."""
