"""From finished pieces to the rasters that the user asked for."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ..errors import UserError
from ..rasters.cog import write_cog
from ..rasters.georeference import Georeference
from ..rasters.legend import write_legend_files
from ..rasters.raster_io import open_raster
from ..rasters.raster_writer import BLOCK_PX, NODATA, MapWriter
from .map_dependencies import write_settings
from .pieces_folder import PartsFolder
from .products import Product
from .tiling import Piece


def assemble(
    folder: PartsFolder,
    bands: Sequence[Sequence[Piece]],
    products: Sequence[Product],
    position: Georeference,
    settings: dict,
) -> bool:
    """Puts the pieces together line by line and lays the rasters out for reading.

    The class map, whose presence says that all is done, comes last.

    Args:
        folder: Has all pieces.
        bands: Pieces beside each other, from the top.
        products: What the bands of the pieces are.
        position: Of the scene.
        settings: Kept in the rasters.

    Returns:
        Whether any pixel is valid; nothing is written if not.
    """
    paths = [folder.path / f'whole{i}.tif' for i in range(len(products))]
    mapped = False
    with ExitStack() as stack:
        writers = [
            stack.enter_context(_writer(path, product, position, settings))
            for path, product in zip(paths, products, strict=True)
        ]
        ends = np.cumsum([product.bands for product in products])
        for lines in _lines(folder, bands):
            mapped |= bool((lines[0] != NODATA).any())
            for writer, part in zip(writers, np.split(lines, ends[:-1]), strict=True):
                writer.write(part)
    if mapped:
        for path, product in reversed([*zip(paths, products, strict=True)]):
            write_legend_files(product.path, product.classes, product.palette)
            write_cog(path, product.path, product.resampling)
    return mapped


def _writer(
    path: Path, product: Product, position: Georeference, settings: dict
) -> MapWriter:
    def describe(file: rasterio.io.DatasetWriter) -> None:
        product.describe(file)
        write_settings(file, settings)

    return MapWriter(
        path, position, product.bands, describe, zlevel=1, **product.creation
    )


def _lines(
    folder: PartsFolder, bands: Sequence[Sequence[Piece]]
) -> Iterator[np.ndarray]:
    """Lines (bands, n, width of the scene) from the top."""
    for pieces in bands:
        with ExitStack() as stack:
            files = [
                stack.enter_context(_open(folder.piece_path(piece), piece))
                for piece in pieces
            ]
            for line in range(0, files[0].height, BLOCK_PX):
                count = min(BLOCK_PX, files[0].height - line)
                parts = [_read(file, line, count) for file in files]
                yield np.concatenate(parts, axis=2)


def _open(path: Path, piece: Piece) -> rasterio.DatasetReader:
    file = open_raster(str(path))
    if (file.width, file.height) != tuple(piece.window[2:]):
        file.close()
        raise _damaged(path, f'it has {file.width}x{file.height} pixels')
    return file


def _read(file: rasterio.DatasetReader, line: int, count: int) -> np.ndarray:
    try:
        return file.read(window=Window(0, line, file.width, count))
    except RasterioError as error:
        raise _damaged(file.name, error.__cause__ or error) from error


def _damaged(path: str | Path, reason: object) -> UserError:
    return UserError(
        f'{path}, a piece of a map, is damaged ({reason}); delete it and call again, '
        f'and it alone is made anew.'
    )
