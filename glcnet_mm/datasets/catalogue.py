"""Headers of rasters, noted so that a start need not open every raster again."""

import logging
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from affine import Affine
from mmengine.logging import print_log
from rasterio.crs import CRS

from ..rasters.integrity import warped_sources
from ..rasters.raster_io import RasterInfo, open_raster, raster_info
from ..rasters.validity import BandChoice
from .catalogue_file import Entry, load_entries, write_entries

THREADS = 8
PATHS_AT_ONCE = 16


class Catalogue:
    """Headers of many rasters, from their files or from the notes of an earlier start.

    A note counts while size and time of change are the same of the raster, of all
    files beside it that begin with its name without the suffix (masks, world files,
    statistics), and of the parts of a virtual raster.

    Args:
        path: File of the notes, made if need be; data sets and processes may share
            it. None keeps no notes.

    Raises:
        UserError: The file exists and is something else.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        entries = None if path is None else load_entries(path)
        if path is not None and entries is None:
            _warn(f'{path} is damaged; all rasters are opened and it is written anew.')
        self._entries = entries or {}
        # Those that were read from the rasters, or agreed with them, in this run.
        self._fresh: set[str] = set()
        self._crs: dict[str | None, CRS | None] = {None: None}
        self._names: dict[str, list[str]] = {}
        self._changed = False

    def headers(self, paths: Sequence[str]) -> list[RasterInfo]:
        """Headers in the order of the paths.

        Raises:
            MissingFileError: There is no such file.
            RasterReadError: A file is no raster or is truncated.
        """
        pieces = [
            paths[start : start + PATHS_AT_ONCE]
            for start in range(0, len(paths), PATHS_AT_ONCE)
        ]
        with ThreadPoolExecutor(THREADS) as pool:
            try:
                self._list_folders(paths, pool)
                found = pool.map(lambda piece: list(map(self._header, piece)), pieces)
                return [info for infos in found for info in infos]
            finally:
                # What was read before an error need not be read again.
                pool.shutdown(cancel_futures=True)
                self._save()

    def check_data(
        self,
        infos: Iterable[RasterInfo],
        check: Callable[[RasterInfo, BandChoice], None],
        choice: BandChoice,
    ) -> None:
        """Calls ``check`` for rasters that have not passed it, as they are, before.

        Args:
            infos: Headers of the rasters.
            check: Of a header and the choice.
            choice: What is read of them; of another one they may have no data.
        """
        passed = repr(tuple(choice))
        try:
            for info in infos:
                key = os.path.abspath(info.path)
                entry = self._entries[key] if key in self._fresh else None
                if entry is None or passed not in entry.has_data:
                    check(info, choice)
                if entry is not None and passed not in entry.has_data:
                    has_data = [*entry.has_data, passed]
                    self._entries[key] = entry._replace(has_data=has_data)
                    self._changed = True
        finally:
            self._save()

    def _list_folders(self, paths: Sequence[str], pool: ThreadPoolExecutor) -> None:
        if self.path is None:
            return
        every = {os.path.dirname(os.path.abspath(path)) for path in paths}
        folders = list(every - set(self._names))
        self._names.update(zip(folders, pool.map(_listing, folders), strict=True))

    def _header(self, path: str) -> RasterInfo:
        key = os.path.abspath(path)
        beside = self._beside(key)
        entry = self._entries.get(key) if beside else None
        if entry is not None and entry.stamp == _stamp([*beside, *entry.parts]):
            self._fresh.add(key)
            return self._restored(path, entry)
        stamp = _stamp(beside)
        info = raster_info(path)
        wkt = info.crs.to_wkt() if info.crs else None
        # One object for all rasters of a CRS, for each holds tens of kilobytes.
        info = info._replace(crs=self._crs.setdefault(wkt, info.crs))
        if beside:
            parts = _parts(path)
            plain = info._replace(crs=wkt, transform=list(info.transform)[:6])
            self._entries[key] = Entry(
                stamp + _stamp(parts), parts, [], list(plain[1:])
            )
            self._fresh.add(key)
            self._changed = True
        return info

    def _beside(self, key: str) -> list[str]:
        """The raster and its companions; nothing where no notes can be kept."""
        folder, name = os.path.split(key)
        names = self._names.get(folder, [])
        stem = os.path.splitext(name)[0] + '.'
        start = end = bisect_left(names, stem)
        while end < len(names) and names[end].startswith(stem):
            end += 1
        found = names[start:end]
        return [os.path.join(folder, n) for n in found] if name in found else []

    def _restored(self, path: str, entry: Entry) -> RasterInfo:
        info = RasterInfo(path, *entry.header)
        if info.crs not in self._crs:
            self._crs.setdefault(info.crs, CRS.from_wkt(info.crs))
        transform = Affine(*info.transform)
        return info._replace(crs=self._crs[info.crs], transform=transform)

    def _save(self) -> None:
        if self.path is None or not self._changed:
            return
        # What others wrote in the meantime stays, as long as its files do.
        entries = {**(load_entries(self.path) or {}), **self._entries}
        kept = {
            key: entry
            for key, entry in entries.items()
            if key in self._fresh or os.path.exists(key)
        }
        try:
            write_entries(self.path, kept)
        except OSError as error:
            _warn(
                f'{self.path} cannot be written ({error}); give catalogue a place '
                f'that can, or the next start opens all rasters again.'
            )
        self._changed = False


def _listing(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _stamp(paths: Iterable[str]) -> list[int]:
    """Size and time of change of each file, -1 where there is none."""
    stamp = []
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            stamp += [-1, -1]
        else:
            stamp += [found.st_size, found.st_mtime_ns]
    return stamp


def _parts(path: str) -> list[str]:
    """Files that a virtual raster refers to."""
    if not path.lower().endswith('.vrt'):
        return []
    with open_raster(path) as source:
        files = [os.path.abspath(file) for file in source.files]
    files += warped_sources(files)
    return [file for file in files if file != os.path.abspath(path)]


def _warn(message: str) -> None:
    print_log(message, logger='current', level=logging.WARNING)
