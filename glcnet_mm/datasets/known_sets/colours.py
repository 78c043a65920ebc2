"""Labels stored as colours, with black for what is no class."""

from collections.abc import Mapping

from ..label_settings import Files, LabelSettings
from ..labels import Colour

BLACK = (0, 0, 0)


def colour_labels(
    files: Files, table: Mapping[str, Colour], threshold: int | None = None
) -> LabelSettings:
    """Of ``{class: colour}``; black is ignored without being counted as unknown."""
    ignored = () if BLACK in table.values() else (BLACK,)
    return LabelSettings(files, None, list(table.values()), ignored, threshold)
