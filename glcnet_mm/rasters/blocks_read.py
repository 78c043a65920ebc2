"""The blocks that windows are read from, looked at once per file.

A mosaic may have thousands of parts: to open all of them would take longer than a start
should, so that a part is looked at when a window first reads it.
"""

import rasterio
from rasterio import DatasetReader
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from .memory_bound import large_block
from .mosaic_parts import EVERYWHERE, Mosaic, Rectangle
from .named_files import forbidden_in
from .references import MAX_DEPTH

# Of a mosaic of no more parts all are looked at before the first window.
MAX_PARTS_AT_ONCE = 256


class BlocksRead:
    """Tells files whose blocks are too large to be decoded."""

    def __init__(self) -> None:
        self._known: dict[str, Mosaic | None] = {}

    def fault(
        self, path: str, source: DatasetReader, place: Rectangle | None = None
    ) -> str | None:
        """Why a rectangle is not read, as a sentence without the name of the raster.

        Args:
            path: Of the raster.
            source: The open raster.
            place: What is to be read; when None, the raster itself is looked at, and
                the parts of a small mosaic.
        """
        if path not in self._known:
            fault = large_block(source)
            if fault is not None:
                return fault
            self._known[path] = Mosaic(source) if source.driver == 'VRT' else None
        if self._known[path] is None:
            return None
        if place is None:
            if len(source.files) > MAX_PARTS_AT_ONCE:
                return None
            place = EVERYWHERE
        return self._fault_of_parts(path, place, 0, set())

    def forget(self, path: str) -> None:
        """Has a raster looked at again when it is read again."""
        self._known.pop(path, None)

    def _fault_of_parts(
        self, path: str, place: Rectangle, depth: int, seen: set[tuple[str, Rectangle]]
    ) -> str | None:
        mosaic = self._known[path]
        if mosaic is None or depth > MAX_DEPTH:
            return None
        for part, inner in mosaic.under(place):
            if (part, inner) in seen:
                continue
            seen.add((part, inner))
            fault = self._look(part) or self._fault_of_parts(
                part, inner, depth + 1, seen
            )
            if fault is not None:
                return f'reads {part}, which {fault}'
        return None

    def _look(self, part: str) -> str | None:
        if part in self._known:
            return None
        try:
            with rasterio.open(part) as source:
                fault = forbidden_in(part, source) or large_block(source)
                mosaic = Mosaic(source) if source.driver == 'VRT' else None
        except (RasterioError, CPLE_BaseError):
            # No raster, or one whose damage shows where it is read.
            fault = mosaic = None
        if fault is None:
            self._known[part] = mosaic
        return fault
