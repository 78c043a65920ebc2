"""Images whose bands lie in several files, joined by small virtual rasters."""

import os
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree

from ..errors import UserError
from ..files import write_bytes
from ..mapping.extra_rasters import further_rasters
from ..paths import common_folder
from ..rasters.band_stack import stack_files
from ..rasters.raster_io import raster_info
from ..wording import named_bands


def find_further(images: Sequence[str], sources: Sequence[str]) -> list[list[str]]:
    """The files of every image, its own first; see ``further_rasters``."""
    further = further_rasters(images, sources)
    return [
        [image, *map(os.path.abspath, rasters)]
        for image, rasters in zip(images, further, strict=True)
    ]


def band_notes(files: Sequence[str], sources: Sequence[str]) -> list[str]:
    """A sentence for every source: which bands of the joined rasters it has.

    Args:
        files: Of one image.
        sources: As ``find_further`` has them.
    """
    counts = [raster_info(path).bands for path in files]
    ends = list(accumulate(counts))
    return [
        f'From {source}: {named_bands(range(start + 1, end + 1))}.'
        for source, start, end in zip(sources, ends, ends[1:], strict=False)
    ]


def join_bands(files: Sequence[Sequence[str]], folder: Path) -> list[str]:
    """Writes a virtual raster of all bands of every image; no pixels are copied.

    It names the files by their whole paths, so that the project can be moved.

    Args:
        files: Of ``find_further``.
        folder: Where they go, in the folders that the images have below their common
            one.

    Raises:
        UserError: Files cannot be aligned, or two images differ in their suffix alone.
    """
    root = common_folder([image for image, *_ in files])
    made: dict[str, str] = {}
    for paths in files:
        target = folder / Path(os.path.relpath(paths[0], root)).with_suffix('.vrt')
        other = made.setdefault(str(target), paths[0])
        if other != paths[0]:
            raise UserError(
                f'{other} and {paths[0]} have the same name, so their further bands '
                f'cannot be told apart; rename one of them or leave it out.'
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        for path, content in stack_files(target, paths).items():
            write_bytes(path, _with_whole_paths(content, target.parent))
    return list(made)


def _with_whole_paths(content: bytes, folder: Path) -> bytes:
    """A virtual raster that names by whole paths what does not lie beside it."""
    root = ElementTree.fromstring(content)
    for node in root.iter():
        if node.get('relativeToVRT') == '1' and '/' in (node.text or ''):
            node.text = os.path.normpath(folder / (node.text or ''))
            node.set('relativeToVRT', '0')
    return ElementTree.tostring(root)
