"""The right name for a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches

# Share of letters in common, from which on a name is taken for another's misspelling.
ALIKE = 0.8


def nearest(name: str, right: Iterable[str], alike: float = ALIKE) -> str | None:
    """The name most like another, or None where none is."""
    return next(iter(get_close_matches(name, list(right), 1, alike)), None)
