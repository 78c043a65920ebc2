"""Writing a georeferenced raster line by line, complete or not at all."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..errors import WriteError
from ..files import partial_name
from .georeference import Georeference
from .raster_io import RasterReadError, raster_info

BLOCK_PX = 256
NODATA = 255


class MapWriter:
    """A tiled, compressed uint8 GeoTIFF that takes lines from the top.

    Lines are held back until they fill a row of blocks, so that no block is compressed
    twice. The file has a temporary name until the context is left without an error.

    Args:
        path: The file to be.
        georeference: Of the scene, whose size the map has.
        bands: Number of bands.
        describe: Called with the open raster: colours, names, scales.
        **creation: Further creation options.
    """

    def __init__(
        self,
        path: str | Path,
        georeference: Georeference,
        bands: int,
        describe: Callable[[rasterio.io.DatasetWriter], None],
        **creation: str | int,
    ) -> None:
        self.path = Path(path)
        self.temporary = partial_name(self.path, typed=True)
        self._georeference = georeference
        self._bands = bands
        self._describe = describe
        self._creation = creation
        self._held: list[np.ndarray] = []
        self._written = 0

    def __enter__(self) -> 'MapWriter':
        try:
            self._file = rasterio.open(
                self.temporary,
                'w',
                driver='GTiff',
                count=self._bands,
                dtype='uint8',
                nodata=NODATA,
                tiled=True,
                blockxsize=BLOCK_PX,
                blockysize=BLOCK_PX,
                compress='deflate',
                bigtiff='if_safer',
                **self._georeference.profile(),
                **self._creation,
            )
            self._describe(self._file)
        except RasterioError as error:
            self.temporary.unlink(missing_ok=True)
            raise WriteError(f'{self.path} cannot be written: {error}.') from error
        return self

    def write(self, lines: np.ndarray) -> None:
        """Appends ``lines`` (bands, n, width)."""
        self._held.append(lines)
        held = sum(part.shape[1] for part in self._held)
        if held >= BLOCK_PX:
            self._flush(held - held % BLOCK_PX)

    def _flush(self, count: int) -> None:
        lines = np.concatenate(self._held, axis=1)
        window = Window(0, self._written, lines.shape[2], count)
        try:
            self._file.write(lines[:, :count], window=window)
        except RasterioError as error:
            raise WriteError(
                f'{self.path} cannot be written: {error}; is the disk full?'
            ) from error
        self._written += count
        self._held = [lines[:, count:]]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._complete()
        finally:
            self._file.close()
            self.temporary.unlink(missing_ok=True)

    def _complete(self) -> None:
        left = self._georeference.height - self._written
        if left:
            self._flush(left)
        self._file.close()
        try:
            # A disk that fills up while the file is closed raises nothing.
            raster_info(str(self.temporary))
        except RasterReadError as error:
            raise WriteError(
                f'{self.path} could not be written completely: {error}'
            ) from error
        self.temporary.replace(self.path)
