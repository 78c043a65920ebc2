"""Which files a window of a virtual raster is read from."""

import os
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from rasterio import DatasetReader

from . import vsi

SOURCES = ('sourcefilename', 'sourcedataset')
# Left, top, right and bottom in pixels.
Rectangle = tuple[float, float, float, float]
EVERYWHERE = (-np.inf, -np.inf, np.inf, np.inf)


class _Part(NamedTuple):
    path: str
    place: Rectangle = EVERYWHERE
    source: Rectangle | None = None


class Mosaic:
    """The parts of an open virtual raster and where they lie in it."""

    def __init__(self, source: DatasetReader) -> None:
        try:
            with vsi.open_file(source.name) as file:
                root = ElementTree.fromstring(file.read())
            found = _parts(os.path.dirname(source.name), root, _is_plain(root))
            self._parts = list(dict.fromkeys(found))
        except (*vsi.DAMAGE, ElementTree.ParseError):  # on a server, or no file
            self._parts = [_Part(file) for file in source.files[1:]]
        places = [part.place for part in self._parts]
        self._places = np.array(places, float).reshape(-1, 4)

    def under(self, place: Rectangle) -> Iterator[tuple[str, Rectangle]]:
        """The parts that a rectangle is read from, and which pixels of each."""
        left, top, right, bottom = self._places.T
        near = (left <= place[2]) & (right >= place[0])
        near &= (top <= place[3]) & (bottom >= place[1])
        for number in np.flatnonzero(near):
            part = self._parts[number]
            yield part.path, _in_part(place, part)


def _in_part(place: Rectangle, part: _Part) -> Rectangle:
    """A rectangle of a mosaic in pixels of a part, with one more on each side."""
    if part.source is None:
        return EVERYWHERE
    inner = [0.0] * 4
    for axis in (0, 1):
        start, end = part.place[axis], part.place[axis + 2]
        first, last = part.source[axis], part.source[axis + 2]
        scale = (last - first) / (end - start)
        inner[axis] = first + (place[axis] - start) * scale - 1
        inner[axis + 2] = first + (place[axis + 2] - start) * scale + 1
    left, top, right, bottom = inner
    return left, top, right, bottom


def _parts(folder: str, node: Element, plain: bool) -> Iterator[_Part]:
    """Those at and below a node; GDAL does not mind the case of tags."""
    plain = plain and _is_plain(node)
    for child in node:
        if child.tag.lower() in SOURCES and (child.text or '').strip():
            source, place = (_rectangle(node, tag) for tag in ('srcrect', 'dstrect'))
            path = _resolve(folder, child)
            if plain and source is not None and place is not None:
                yield _Part(path, place, source)
            else:
                yield _Part(path)
        yield from _parts(folder, child, plain)


def _is_plain(node: Element) -> bool:
    """Whether pixels lie where rectangles say; not where it is warped or computed."""
    return _lower(node).get('subclass', '').lower() in ('', 'vrtsourcedrasterband')


def _rectangle(node: Element, tag: str) -> Rectangle | None:
    found = next((child for child in node if child.tag.lower() == tag), None)
    if found is None:
        return None
    names, own = ('xoff', 'yoff', 'xsize', 'ysize'), _lower(found)
    try:
        left, top, width, height = (float(own[name]) for name in names)
    except (KeyError, ValueError):
        return None
    good = np.isfinite([left, top, width, height]).all() and width > 0 and height > 0
    return (left, top, left + width, top + height) if good else None


def _resolve(folder: str, name: Element) -> str:
    text = (name.text or '').strip()
    if _lower(name).get('relativetovrt', '0').strip() in ('', '0'):
        return text
    return os.path.normpath(os.path.join(folder, text))


def _lower(node: Element) -> dict[str, str]:
    return {key.lower(): value for key, value in node.attrib.items()}
