"""The order of an epoch, by arithmetic over shuffled blocks instead of a long list."""

import numpy as np
import torch

# Half of the files that stay open: windows of so many blocks are mixed with another.
POOL_BLOCKS = 32
# A longer order is not shuffled one by one but in about AUTOMATIC_BLOCKS blocks.
LONGEST_ORDER = 2**24
AUTOMATIC_BLOCKS = 2**20


class BlockOrder:
    """Blocks of consecutive units in random order; memory grows with the blocks.

    The last block may be shorter than the others and comes anywhere. Places behind
    ``units`` are their own units.

    Args:
        units: Number of units that are shuffled.
        block: Units per block; 1 is a shuffle of single units.
        generator: Draws the order of the blocks.
    """

    def __init__(self, units: int, block: int, generator: torch.Generator) -> None:
        count = -(-units // block)
        self.units, self.block = units, block
        self.blocks = torch.randperm(count, generator=generator).numpy()
        self.lacking = count * block - units
        last = int(self.blocks.argmax()) if count else 0
        self.end_of_last = (last + 1) * block - self.lacking

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        """Units at places of the order."""
        units = places.copy()
        inside = places < self.units
        # As if the short block were whole, so that a division finds the block.
        whole = places[inside] + self.lacking * (places[inside] >= self.end_of_last)
        block, rest = np.divmod(whole, self.block)
        units[inside] = self.blocks[block] * self.block + rest
        return units


def automatic_block(units: int) -> int:
    """Units per block where nobody chose: 1 as long as a full shuffle is small."""
    return 1 if units <= LONGEST_ORDER else -(-units // AUTOMATIC_BLOCKS)
