"""The images of a project, among which labels and further bands may lie."""

import os

from ..errors import UserError
from ..rasters.sources import find_rasters
from .request import Request


def find_images(asked: Request) -> tuple[list[str], bool]:
    """Paths of the images, and whether they are all that was named.

    Raises:
        UserError: There is none.
    """
    found = find_rasters(asked.images)
    beside = list(asked.further)
    if asked.labels is not None and not asked.labels.lower().endswith('.txt'):
        beside.append(asked.labels)
    taken = {os.path.realpath(path) for source in beside for path in _rasters(source)}
    left = [path for path in found if os.path.realpath(path) not in taken]
    if not left:
        first = asked.images[0]
        raise UserError(
            f'All rasters of {first} are named by --labels or --further, too; name '
            f'each of them by a pattern such as "{first}/*_mask.tif".'
        )
    whole = [os.path.abspath(path) if os.path.exists(path) else path for path in left]
    return whole, len(left) == len(found)


def _rasters(source: str) -> list[str]:
    """Those that are named; none where something is wrong, which is said later."""
    try:
        return find_rasters(source)
    except UserError:
        return []
