"""Labels stored as colours, with black for what is no class."""

from collections.abc import Mapping

from ..labels import Colour, LabelDecoder

BLACK = (0, 0, 0)


def colour_decoder(
    table: Mapping[str, Colour], threshold: int | None = None
) -> LabelDecoder:
    """Of ``{class: colour}``; black is ignored without being counted as unknown."""
    return LabelDecoder(
        list(table),
        colours=list(table.values()),
        ignored=() if BLACK in table.values() else [BLACK],
        threshold=threshold,
    )
