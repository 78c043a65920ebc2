"""What raster files say they are made of, and whether they may read it.

A virtual raster (VRT) from a stranger can name a server or any file of this machine:
GDAL would contact the one and show the other as pixels.
"""

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from . import vsi

# Folders that virtual rasters may read from beside their own, and * for everything.
SWITCH = 'GLCNET_MM_VRT_FOLDERS'
ANYTHING = '*'
# As much as GDAL looks at to tell formats apart; see ``gdal_settings``.
HEAD_BYTES = 65536
MARK = b'<VRTDataset'
# Small files that stand for a server's rasters or for an index of others.
SERVICES = (b'<GDAL', b'<WCS_GDAL', b'<MRF_META', b'Capabilities', b'"stac_version"')
# Words in tags, and in the names of arguments, of virtual rasters that name files.
NAMING = ('file', 'dataset', 'dem', 'path', 'url')
METADATA = ('overview_file', 'x_dataset', 'y_dataset', 'rpc_dem')
# Overviews and masks that GDAL opens beside a raster, whatever format they have.
BESIDE = ('.ovr', '.OVR', '.msk', '.MSK')
MAX_DEPTH = 8


class Reference(NamedTuple):
    """A name that a file gives, and how it is read."""

    name: str
    relative: bool
    raw: bool


def allow_folder(folder: str) -> None:
    """Lets virtual rasters read below a folder that the user has named.

    It holds for this process and those that it starts.
    """
    for prefix in vsi.SCHEMES.values():
        folder = folder.removeprefix(prefix)
    folder = os.path.abspath(folder) if folder else ''
    known = _allowed()
    if folder and vsi.is_plain(folder) and folder not in known:
        os.environ[SWITCH] = os.pathsep.join([*known, folder])


def allow_data_roots(settings: object) -> None:
    """Does so with every ``data_root`` of a config."""
    if isinstance(settings, Mapping):
        root = settings.get('data_root')
        allow_folder(root if isinstance(root, str) else '')
        settings = list(settings.values())
    if isinstance(settings, list | tuple):
        for item in settings:
            allow_data_roots(item)


def forbidden_reference(path: str) -> str | None:
    """What a raster would read that it may not, as a sentence without its name.

    To be asked before GDAL opens the file. None where all is well.
    """
    if all_is_allowed():
        return None
    if path.lstrip().startswith('<'):
        return 'is no file but a text that describes a raster; name a file.'
    if not vsi.is_plain(path):
        return None
    return _fault(path, frozenset(), set())


def forbidden_name(path: str, name: str, relative: bool = False) -> str | None:
    """The same of one name that the header of a raster gives."""
    reference = Reference(name, relative, raw=False)
    inner = _resolve(path, reference)
    return None if _may_read(path, inner, reference) else _sentence(name, inner)


def is_outside(path: str, file: str) -> bool:
    """Whether a file lies outside the folders of a raster, links followed."""
    own = [os.path.dirname(os.path.abspath(path)), os.path.dirname(_real(path))]
    folders = [_real(folder) for folder in (*own, *_allowed())]
    return not any(_is_below(_real(file), folder) for folder in folders)


def all_is_allowed() -> bool:
    """Whether the user trusts all rasters."""
    return ANYTHING in _allowed()


def _allowed() -> list[str]:
    return [name for name in os.environ.get(SWITCH, '').split(os.pathsep) if name]


def _fault(path: str, above: frozenset[str], seen: set[str]) -> str | None:
    """Of a raster below others; what was seen is not looked at again."""
    if path in seen and _real(path) not in above:
        return None
    seen.add(path)
    fault = _fault_of_file(path, above, seen)
    for beside in (path + suffix for suffix in BESIDE):
        if fault is None and os.path.isfile(beside):
            # A mask has overviews, too.
            fault = _fault(beside, above, seen)
            fault = fault and f'has {beside} beside it, which {fault}'
    return fault


def _fault_of_file(path: str, above: frozenset[str], seen: set[str]) -> str | None:
    found = _described(path, *_state(path)) or _described(
        f'{path}.aux.xml', *_state(f'{path}.aux.xml')
    )
    if isinstance(found, str):
        return found or None
    if not found:
        return None
    if len(above) == MAX_DEPTH or _real(path) in above:
        return f'is a virtual raster of virtual rasters, more than {MAX_DEPTH} deep.'
    above = above | {_real(path)}
    for reference in found:
        inner = _resolve(path, reference)
        if not _may_read(path, inner, reference):
            return _sentence(reference.name, inner)
        if os.path.isfile(inner):
            fault = _fault(inner, above, seen)
            if fault is not None:
                return f'reads {inner}, which {fault}'
    return None


def _sentence(name: str, inner: str) -> str:
    if all(sign not in name for sign in (':', '<', '/vsi')):
        return (
            f'reads {name}, which lies outside its own folder tree; if you trust it, '
            f'set the variable {SWITCH}={os.path.dirname(inner)} or, in a config, a '
            f'data_root that holds both.'
        )
    return (
        f'would contact a server or read by a special name ({name[:200]}); if you '
        f'trust it, set the variable {SWITCH}={ANYTHING}.'
    )


def _state(path: str) -> tuple[int, int]:
    """Changes with the file; a folder or nothing has none."""
    try:
        found = os.stat(path)
    except OSError:
        return -1, -1
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=4096)
def _described(path: str, _time: int, size: int) -> tuple[Reference, ...] | str:
    """The references of a file, or what is wrong with it; nothing for most files."""
    if size <= 0 or os.path.isdir(path):
        return ()
    with open(path, 'rb') as file:
        head = file.read(HEAD_BYTES)
        start = head.removeprefix(b'\xef\xbb\xbf').lstrip()[:1]
        if MARK not in head and start not in (b'<', b'{'):
            return ()
        if MARK not in head and not path.endswith('.aux.xml'):
            return _service(head)
        content = head + file.read()
    try:
        # As GDAL does: UTF-8, whatever the file declares.
        text = content.decode('utf-8-sig', 'surrogateescape')
        if '<!DOCTYPE' in text or '<!ENTITY' in text:
            return 'holds definitions (DOCTYPE), which no raster needs; do not use it.'
        root = ElementTree.fromstring(text.encode('utf-8', 'surrogateescape'))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        return f'is damaged: it is no well-formed XML ({error}); copy it again.'
    return tuple(_references(root, raw=False))


def _service(head: bytes) -> tuple[Reference, ...] | str:
    if not any(mark in head for mark in SERVICES):
        return ()
    return (
        f'stands for rasters of a server or an index of others; if you trust it, set '
        f'the variable {SWITCH}={ANYTHING}.'
    )


def _references(node: Element, raw: bool) -> Iterator[Reference]:
    """All names of files at and below a node; GDAL does not mind the case of tags."""
    attributes = {key.lower(): value for key, value in node.attrib.items()}
    raw = raw or attributes.get('subclass', '').lower() == 'vrtrawrasterband'
    text = (node.text or '').strip()
    if text and _names_file(node.tag.lower(), attributes):
        relative = attributes.get('relativetovrt', '0').strip() not in ('', '0')
        yield Reference(text, relative, raw)
    for child in node:
        yield from _references(child, raw)


def _names_file(tag: str, attributes: dict[str, str]) -> bool:
    if tag == 'mdi':
        return attributes.get('key', '').lower() in METADATA
    words = [tag, attributes.get('name', '').lower(), attributes.get('key', '').lower()]
    return any(word in text for word in NAMING for text in words)


def _resolve(path: str, reference: Reference) -> str:
    """The plain name of what a reference means, as given if it has none."""
    name = reference.name.removeprefix(':::BASE:::')
    for prefix in vsi.SCHEMES.values():
        name = name.removeprefix(prefix)
    based = reference.relative or reference.name.startswith(':::BASE:::')
    folder = os.path.dirname(os.path.abspath(path)) if based else os.getcwd()
    return os.path.normpath(os.path.join(folder, name))


def _may_read(path: str, inner: str, reference: Reference) -> bool:
    name = reference.name
    if '/vsi' in inner or '://' in name or '<' in name:
        return False
    if ':' in name.removeprefix(':::BASE:::') and not os.path.exists(inner):
        return False  # the name of a driver with arguments of its own
    folders = [os.path.dirname(os.path.abspath(path)), *_allowed()]
    is_inside = any(_is_below(inner, folder) for folder in folders)
    if reference.raw:
        # Any file can be shown so, and a stranger's archive can hold links.
        real = _real(inner)
        return is_inside and any(_is_below(real, _real(f)) for f in folders)
    return is_inside


def _real(path: str) -> str:
    return os.path.realpath(path)


def _is_below(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(os.path.abspath(folder))
