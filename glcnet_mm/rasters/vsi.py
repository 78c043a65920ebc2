"""Names of rasters that are no plain files: inside an archive, or remote.

GDAL's own names (``/vsizip/scenes.zip/a.tif``, ``/vsicurl/https://...``) and rasterio's
(``zip://scenes.zip!a.tif``, ``https://...``) may stand wherever a path may.
"""

import gzip
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import IO, cast

from ..errors import UserError

SCHEMES = {'zip': '/vsizip/', 'tar': '/vsitar/', 'gzip': '/vsigzip/'}
ARCHIVES = ('/vsizip/', '/vsitar/')
ARCHIVE_SUFFIXES = {
    '.zip': '/vsizip/',
    '.tar': '/vsitar/',
    '.tgz': '/vsitar/',
    '.tar.gz': '/vsitar/',
}

# What reading a damaged archive may raise.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,  # of an unknown compression
    struct.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


def is_plain(path: str) -> bool:
    """Whether a name is that of a file or folder of this machine."""
    return not path.startswith('/vsi') and '://' not in path


def resolve(name: str, root: str = '') -> str:
    """A name as GDAL takes it; one of this machine starts from ``root``.

    The root applies to the archive, where there is one.
    """
    scheme, _, rest = name.partition('://')
    if scheme in SCHEMES and rest:
        archive, _, inner = rest.partition('!')
        name = '/'.join([SCHEMES[scheme] + archive, *inner.strip('/').split('/')])
        name = name.rstrip('/')
    prefix = next((p for p in SCHEMES.values() if name.startswith(p)), '')
    rest = name.removeprefix(prefix)
    if '://' in rest or rest.startswith(('/vsi', 'vsi')):
        return name
    if prefix and rest.startswith('{'):
        return f'{prefix}{{{os.path.join(root, rest[1:])}'
    return prefix + os.path.join(root, rest)


def as_folder(path: str) -> str:
    """The name of an archive's inside for that of the archive; others stay."""
    if is_plain(path) and os.path.isfile(path):
        for suffix, prefix in ARCHIVE_SUFFIXES.items():
            if path.lower().endswith(suffix):
                return prefix + path
    return path


def exists(path: str) -> bool:
    """Whether there is such a file or folder; remote names are taken to exist.

    To ask would cost a request per file, and opening one tells.
    """
    if is_plain(path):
        return os.path.exists(path)
    if path.startswith('/vsigzip/') and not path.startswith('/vsigzip//vsi'):
        return os.path.isfile(path.removeprefix('/vsigzip/'))
    inside = _split(path)
    if inside is None:
        return not path.startswith(ARCHIVES) or _archive_is_remote(path)
    archive, inner = inside
    return inner in _members(archive) or bool(files_in(path))


def size(path: str) -> int | None:
    """Bytes of a file, None where only reading would tell."""
    if is_plain(path):
        return os.path.getsize(path)
    inside = _split(path)
    return None if inside is None else _members(inside[0]).get(inside[1])


def is_listable(path: str) -> bool:
    """Whether a name points into an archive of this machine."""
    return _split(path) is not None


def archive_of(path: str) -> str | None:
    """The archive of this machine that a name points into, or None."""
    inside = _split(path)
    if inside is not None:
        return inside[0]
    packed = path.removeprefix(SCHEMES['gzip'])
    return packed if packed != path and os.path.isfile(packed) else None


def can_open(path: str) -> bool:
    """Whether ``open_file`` reads the bytes of a name."""
    return is_plain(path) or archive_of(path) is not None


@contextmanager
def open_file(path: str) -> Iterator[IO[bytes]]:
    """Opens a file of this machine or of an archive on it, for reading bytes."""
    with ExitStack() as stack:
        enter, inside = stack.enter_context, _split(path)
        if is_plain(path):
            yield enter(open(path, 'rb'))
        elif inside is None:
            packed = gzip.open(path.removeprefix(SCHEMES['gzip']))
            yield cast(IO[bytes], enter(packed))
        elif zipfile.is_zipfile(inside[0]):
            yield enter(enter(zipfile.ZipFile(inside[0])).open(inside[1]))
        else:
            archive = enter(tarfile.open(inside[0]))
            names = (inside[1], f'./{inside[1]}')
            (member,) = (m for m in archive if m.name in names)
            content = archive.extractfile(member)
            if content is None:
                raise OSError(f'{path} is no file of its archive')
            yield enter(content)


def files_in(folder: str) -> list[str]:
    """Names of all files below a folder of an archive, sorted."""
    inside = _split(folder)
    if inside is None:
        return []
    archive, inner = inside
    start = f'{inner}/' if inner else ''
    head = folder.rstrip('/').removesuffix(inner).rstrip('/')
    return [f'{head}/{m}' for m in sorted(_members(archive)) if m.startswith(start)]


def matching(pattern: str) -> list[str]:
    """Files and folders of an archive that match; signs stand for no slash."""
    inside = _split(pattern)
    if inside is None:
        return []
    archive, inner = inside
    head = pattern.removesuffix(inner).rstrip('/')
    signs = inner.split('/')
    starts = {tuple(m.split('/')[: len(signs)]) for m in _members(archive)}
    return sorted(
        '/'.join([head, *start])
        for start in starts
        if len(start) == len(signs) and all(map(fnmatchcase, start, signs))
    )


def _split(path: str) -> tuple[str, str] | None:
    """The archive of this machine that a name points into, and the place inside."""
    prefix = next((p for p in ARCHIVES if path.startswith(p)), None)
    if prefix is None:
        return None
    rest = path.removeprefix(prefix)
    if rest.startswith('{'):
        archive, _, inner = rest[1:].partition('}')
        return (archive, inner.strip('/')) if os.path.isfile(archive) else None
    parts = rest.rstrip('/').split('/')
    for count in range(1, len(parts) + 1):
        archive = '/'.join(parts[:count])
        if os.path.isfile(archive):
            return archive, '/'.join(parts[count:])
    return None


def _archive_is_remote(path: str) -> bool:
    rest = next(path.removeprefix(p) for p in ARCHIVES if path.startswith(p))
    return rest.lstrip('{').startswith(('vsi', '/vsi')) or '://' in rest


def _members(archive: str) -> dict[str, int]:
    """Bytes of every file of an archive."""
    state = os.stat(archive)
    return _read_members(archive, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _read_members(archive: str, *_state: int) -> dict[str, int]:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                return {
                    i.filename: i.file_size for i in file.infolist() if not i.is_dir()
                }
        with tarfile.open(archive) as file:
            return {m.name.removeprefix('./'): m.size for m in file if m.isfile()}
    except DAMAGE as error:
        raise UserError(
            f'{archive} is no readable zip or tar archive; copy it again.'
        ) from error
