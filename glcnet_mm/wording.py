"""Words that depend on numbers."""

from collections.abc import Sequence

MOST_NAMED = 6


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts: ``1 raster``, ``2 rasters``.

    Args:
        number: How many there are.
        one: The words for one, which may go on with a verb (``raster is``).
        many: Those for any other number; ``one`` with an s when None.
    """
    return f'{number} {one if number == 1 else many or f"{one}s"}'


def part_of(number: int, total: int, one: str) -> str:
    """``the image``, ``all 5 images``, ``2 of 5 images``.

    Args:
        number: How many of them are meant.
        total: How many there are.
        one: The word for one.
    """
    if number == total:
        return f'the {one}' if total == 1 else f'all {counted(total, one)}'
    return f'{number} of {counted(total, one)}'


def named_bands(bands: Sequence[int]) -> str:
    """``band 4``, ``bands 1 to 3``, ``bands 1, 3 and 5 to 9``; of many the first.

    Args:
        bands: Their numbers, at least one, in any order.
    """
    runs: list[list[int]] = []
    for band in sorted(bands):
        if runs and band == runs[-1][-1] + 1:
            runs[-1].append(band)
        else:
            runs.append([band])
    told: list[str] = []
    for run in runs:
        told += [f'{run[0]} to {run[-1]}'] if len(run) > 2 else map(str, run)
    if len(told) > MOST_NAMED:
        told = [*told[:MOST_NAMED], 'more']
    named = ' and '.join(filter(None, [', '.join(told[:-1]), told[-1]]))
    return f'{"band" if len(bands) == 1 else "bands"} {named}'
