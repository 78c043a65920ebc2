"""Words that depend on a number."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and what it counts: ``1 raster``, ``2 rasters``.

    Args:
        number: How many there are.
        one: The words for one, which may go on with a verb (``raster is``).
        many: Those for any other number; ``one`` with an s when None.
    """
    return f'{number} {one if number == 1 else many or f"{one}s"}'
