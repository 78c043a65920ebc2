"""What a complete copy of a published set holds, and what one lacks."""

import glob
import hashlib
import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import MissingFileError, UserError
from ...rasters.folders import is_leftover
from ...rasters.raster_io import raster_info
from ...rasters.sources import read_names

BLOCK_BYTES = 2**24


class Origin(NamedTuple):
    """Where a set comes from.

    Attributes:
        title: Its name.
        url: The publisher's page.
        archives: Names of the published archives with their MD5 where it is known.
        size: ``(width, height)`` of every image in pixels, where all have one size.
        unlabelled: Splits whose labels are not published.
    """

    title: str
    url: str
    archives: Mapping[str, str | None] = {}
    size: tuple[int, int] | None = None
    unlabelled: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """Some files of a complete copy.

    Attributes:
        pattern: Of their paths below the root.
        names: The files, in the folder of the pattern, where they are known.
        count: How many there are, where only that is known.
        bands: Of every one of them.
        make: Command that makes them, where they are no part of the download.
    """

    pattern: str
    names: Sequence[str] | None = None
    count: int | None = None
    bands: int | None = None
    make: str | None = None

    @property
    def folder(self) -> str:
        """Folder of the pattern."""
        return os.path.dirname(self.pattern)


def choose(
    origin: Origin, table: Mapping[Any, Any], key: Hashable, labelled: bool = False
) -> Any:
    """What a table of a set holds for a split, product or the like.

    Raises:
        UserError: It holds no such thing, or labels are wanted that nobody published.
    """
    if key not in table:
        raise UserError(f'{origin.title} has no {key!r}, only {list(table)}.')
    if labelled and key in origin.unlabelled:
        raise UserError(
            f'{origin.title} has no published labels for {key!r}; say labelled=False '
            f'and leave LoadLabel out of the pipeline.'
        )
    return table[key]


def find_files(
    root: str, origin: Origin, parts: Sequence[Part], complete: bool = True
) -> list[list[str]]:
    """Files of every part, relative to the root, after all parts were checked.

    Args:
        root: Folder of the copy.
        origin: Of the set, for what an error tells.
        parts: What the copy must hold.
        complete: Whether every file must be there; else at least one of each part.

    Raises:
        MissingFileError: The copy lacks something; names it and what to do.
        UserError: Files have other bands than those published.
    """
    found = []
    for part in parts:
        files = _files(root, part)
        fault = _fault(root, part, files)
        if fault and (complete or not files):
            partly = ', or say complete=False to use a part of it' if files else ''
            raise MissingFileError(
                f'{root} is no complete copy of {origin.title}: {fault}; '
                f'{_remedy(root, origin, part)}{partly}.'
            )
        if part.bands is not None:
            _check_bands(os.path.join(root, files[0]), origin, part.bands)
        found.append(files)
    return found


def only_listed(images: Sequence[str], list_file: str | None) -> list[str]:
    """Images whose names, with or without suffix, a list file holds; all when None.

    A stack has the name of its rasters but not their suffix, so a listed suffix counts
    only where an image has it.

    Raises:
        MissingFileError: A listed name is that of no image.
        UserError: It is that of several.
    """
    if list_file is None:
        return list(images)
    by_name: dict[str, list[str]] = {}
    for image in images:
        for name in (Path(image).name, Path(image).stem):
            by_name.setdefault(name, []).append(image)
    chosen = []
    for listed in read_names(list_file):
        name = listed if listed in by_name else Path(listed).stem
        if name not in by_name:
            raise MissingFileError(
                f'{list_file} lists {listed}, which is none of the {len(images)} '
                f'images, such as {images[0]}; correct the list.'
            )
        if len(by_name[name]) > 1:
            raise UserError(
                f'{list_file} lists {name}, which {by_name[name][0]} and '
                f'{by_name[name][1]} are called; list files with unlike names.'
            )
        chosen += by_name[name]
    return chosen


def damaged_archives(root: str, origin: Origin) -> list[str]:
    """Sentences on archives beside the data whose MD5 is not the published one."""
    faults = []
    for path in _archives(root, origin):
        published, digest = origin.archives[os.path.basename(path)], hashlib.md5()
        if published is None:
            continue
        with open(path, 'rb') as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
        if digest.hexdigest() != published:
            faults.append(
                f'{path} has the MD5 {digest.hexdigest()} but the published one is '
                f'{published}; download it again.'
            )
    return faults


def _files(root: str, part: Part) -> list[str]:
    if part.names is None:
        found = (p for p in Path(root).glob(_any_case(part.pattern)) if p.is_file())
        names = sorted(str(path.relative_to(root)) for path in found)
        return [name for name in names if not is_leftover(name)]
    paths = (os.path.join(part.folder, name) for name in part.names)
    return [path for path in paths if os.path.isfile(os.path.join(root, path))]


def _any_case(pattern: str) -> str:
    """The pattern for suffixes in small and capital letters."""
    stem, suffix = os.path.splitext(pattern)
    signs = (f'[{c.lower()}{c.upper()}]' if c.isalpha() else c for c in suffix)
    return stem + ''.join(signs)


def _fault(root: str, part: Part, files: Sequence[str]) -> str | None:
    """What is wrong with a part, in words."""
    folders = glob.glob(os.path.join(glob.escape(root), part.folder))
    if not any(map(os.path.isdir, folders)):
        return f'the folder {part.folder} is missing'
    if part.names is not None:
        here = set(files)
        paths = [os.path.join(part.folder, name) for name in part.names]
        gone = [path for path in paths if path not in here]
        number = f'{len(files)} of {len(paths)} files found'
        return f'{gone[0]} is missing ({number})' if gone else None
    if part.count not in (None, len(files)) or not files:
        wanted = '' if part.count is None else f' instead of {part.count}'
        return f'{len(files)} files {part.pattern}{wanted} found'
    return None


def _remedy(root: str, origin: Origin, part: Part) -> str:
    if part.make is not None:
        return f'make them with {part.make.format(root=root)}'
    packed = _archives(root, origin)
    if packed:
        return f'{packed[0]} lies there packed, so unpack it'
    return f'get the set from {origin.url} and unpack it there'


def _check_bands(path: str, origin: Origin, bands: int) -> None:
    info = raster_info(path)
    if info.bands != bands:
        raise UserError(
            f'{path} has {info.bands} bands, but in {origin.title} it has {bands}; '
            f'put the published file there.'
        )


def _archives(root: str, origin: Origin) -> list[str]:
    """Published archives that lie in the root or beside it."""
    places = (root, os.path.dirname(os.path.abspath(root)))
    paths = (os.path.join(place, name) for name in origin.archives for place in places)
    return [path for path in paths if os.path.isfile(path)]
