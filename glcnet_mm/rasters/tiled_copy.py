"""A raster written again as a GeoTIFF of compressed tiles."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

BLOCK_PX = 512


def write_tiled(
    original: rasterio.DatasetReader, partial: Path, overviews: bool
) -> None:
    """Writes a copy in tiles, with all that GDAL carries over.

    Args:
        original: Any raster; copied strip by strip, in bounded memory.
        partial: The copy.
        overviews: Add halved sizes down to a block, if the original has none.
    """
    coder = 'ZSTD' if _has_zstd() else 'DEFLATE'
    settings = dict(
        GDAL_TIFF_INTERNAL_MASK=True,
        COMPRESS_OVERVIEW=coder,
        INTERLEAVE_OVERVIEW='PIXEL',
    )
    with rasterio.Env(**settings):
        rasterio.shutil.copy(
            original,
            partial,
            driver='GTiff',
            tiled=True,
            blockxsize=BLOCK_PX,
            blockysize=BLOCK_PX,
            compress=coder,
            predictor=_predictor(original),
            bigtiff='IF_SAFER',
            copy_src_overviews=bool(original.overviews(1)),
        )
        if overviews and not original.overviews(1):
            factors = _factors(max(original.shape))
            with rasterio.open(partial, 'r+') as copy:
                copy.build_overviews(factors, _resampling(original))


def _predictor(original: rasterio.DatasetReader) -> int:
    """2 codes differences of neighbours, which suits imagery but not class numbers."""
    plain = 'NBITS' not in original.tags(1, ns='IMAGE_STRUCTURE')
    whole = all(np.dtype(t).kind in 'iu' for t in original.dtypes)
    return (
        2 if plain and whole and ColorInterp.palette not in original.colorinterp else 1
    )


def _resampling(original: rasterio.DatasetReader) -> Resampling:
    # Colours of a palette have no mean, and one band may be class numbers; a band
    # tagged alpha would count as a mask, though it may be near infrared.
    exact = original.count == 1 or ColorInterp.alpha in original.colorinterp
    return Resampling.nearest if exact else Resampling.average


def _factors(side: int) -> list[int]:
    factors = [2]
    while side / factors[-1] > BLOCK_PX:
        factors.append(2 * factors[-1])
    return factors


@lru_cache(maxsize=1)
def _has_zstd() -> bool:
    """Whether this GDAL was built with zstd."""
    profile = dict(driver='GTiff', width=16, height=16, count=1, dtype='uint8')
    try:
        with MemoryFile() as memory, memory.open(**profile, compress='ZSTD') as file:
            file.write(np.zeros((1, 16, 16), np.uint8))
    except RasterioError:
        return False
    return True
