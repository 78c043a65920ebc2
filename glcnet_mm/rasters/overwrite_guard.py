"""Results apart from the rasters that they are made of."""

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import UserError
from . import vsi


def check_apart(sources: Sequence[str], results: Sequence[str | Path]) -> None:
    """Refuses results where the next call would take them for further sources.

    Args:
        sources: Rasters, folders, patterns or list files; see ``find_rasters``.
        results: Rasters to be.

    Raises:
        UserError: A result would lie in a folder, or fit a pattern, of the sources.
    """
    for source in filter(vsi.is_plain, sources):
        for result in results:
            if _would_be_found(Path(source), Path(result)):
                raise UserError(
                    f'{result} would lie where {source} is searched for rasters, and '
                    f'the next call would take it for one of them; name a folder '
                    f'elsewhere, such as one beside it.'
                )


def _would_be_found(source: Path, result: Path) -> bool:
    if source.is_dir():
        return result.resolve().is_relative_to(source.resolve())
    if source.exists():
        return False
    signs, names = (Path(os.path.abspath(path)).parts for path in (source, result))
    return len(signs) == len(names) and all(map(fnmatchcase, names, signs))
