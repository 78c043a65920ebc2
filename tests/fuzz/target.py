"""Something to damage, and what reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple


class Target(NamedTuple):
    """A sound file that mutations start from.

    Attributes:
        group: What it is counted under.
        name: Of the file in a folder of each case's own; a whole path is damaged in
            place and mended afterwards.
        content: The sound file.
        is_text: Whether it is also damaged as hands damage texts.
        run: Reads the damaged file, as a tool would; may return a sentence on it
            instead of raising it.
        beside: Further files of the folder, sound.
        owner: Of ``beside``, the file in whose name faults may be told.
    """

    group: str
    name: str
    content: bytes
    is_text: bool
    run: Callable[[Path], str | None]
    beside: Mapping[str, bytes] = {}
    owner: str | None = None
