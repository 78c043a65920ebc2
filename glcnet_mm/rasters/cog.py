"""Cloud-optimised GeoTIFFs, which GDAL's own driver lays out."""

from pathlib import Path

import rasterio.shutil
from rasterio.errors import RasterioError

from ..errors import WriteError
from ..files import whole_file
from .raster_io import RasterReadError, raster_info


def write_cog(source: str | Path, path: str | Path, resampling: str) -> None:
    """Copies a raster to 512-pixel tiles and overviews, complete or not at all.

    Position, colours, names, scales and tags are copied along.

    Args:
        source: Any raster; read by blocks, so its size is no matter.
        path: The file to be.
        resampling: Of the overviews: ``nearest`` for classes, ``average`` for amounts.
    """
    try:
        with whole_file(path, typed=True) as partial:
            rasterio.shutil.copy(
                source,
                partial,
                driver='COG',
                compress='deflate',
                blocksize=512,
                overviews='auto',
                resampling=resampling,
                bigtiff='if_safer',
            )
            raster_info(str(partial))
    except (RasterioError, RasterReadError) as error:
        raise WriteError(
            f'{path} cannot be written: {error}; is the disk full?'
        ) from error
