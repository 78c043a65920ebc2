"""What the headers of a data set's rasters say that a user should know."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..rasters.raster_io import RasterInfo
from ..rasters.validity import BandChoice, stored_nodata
from ..wording import counted

MAX_DISTANCE_RATIO = 1.5


def header_notes(infos: Sequence[RasterInfo], choice: BandChoice) -> list[str]:
    """A sentence on each thing that is odd.

    Args:
        infos: Headers of all rasters.
        choice: What is read of them.
    """
    return [*_scaling(infos), *_nodata(infos), *_alpha(infos, choice)]


def _scaling(infos: Sequence[RasterInfo]) -> Iterator[str]:
    """Pixels are read as they are stored, so equal numbers must mean the same."""
    kinds: dict[str, str] = {}
    for info in infos:
        kinds.setdefault(info.scaling, info.path)
    if len(kinds) < 2:
        return
    told = [f'{path} has {text or "none"}' for text, path in kinds.items()]
    yield (
        f'Offset and scale tags differ between the rasters ({"; ".join(told[:3])}), '
        f'but pixels are read as stored, so equal numbers mean different '
        f'measurements; write all in one unit, for example by gdal_translate -unscale '
        f'-ot Float32.'
    )


def _nodata(infos: Sequence[RasterInfo]) -> Iterator[str]:
    """A nodata value that pixels cannot hold was clipped with them, or is wrong."""
    odd = []
    for info in infos:
        if np.dtype(info.dtype).kind in 'iu' and info.nodata is not None:
            stored = stored_nodata(info.nodata, info.dtype)
            if stored != info.nodata:
                odd.append((info, stored))
    if not odd:
        return
    info, stored = odd[0]
    taken = 'no pixel is taken for it'
    if stored is not None:
        taken = f'{stored} is taken for it, as after a conversion'
    yield (
        f'{info.path} declares nodata {info.nodata:g}, which {info.dtype} cannot hold; '
        f'{taken}. Correct it by gdal_edit.py -a_nodata; {len(odd)} of {len(infos)} '
        f'rasters are like that.'
    )


def _alpha(infos: Sequence[RasterInfo], choice: BandChoice) -> Iterator[str]:
    """Some files of a set have an alpha band that is left out, some have none."""
    if choice.mask_band is not None:
        return
    left_out = [{*i.alpha} - {*choice.numbers(i.bands)} for i in infos]
    count = sum(map(bool, left_out))
    if 0 < count < len(infos):
        example = next(i for i, bands in zip(infos, left_out, strict=True) if bands)
        yield (
            f'{count} of {len(infos)} rasters, the first is {example.path}, have a '
            f'band tagged alpha that is not read and may say what is valid; the others '
            f'have none. Name it by mask_band in LoadRaster if they have it untagged.'
        )


def small_notes(infos: Sequence[RasterInfo], window: int) -> list[str]:
    """Rasters that do not fill a window of so many pixels."""
    small = [info.path for info in infos if min(info.width, info.height) < window]
    if not small:
        return []
    return [
        f'{counted(len(small), "raster is", "rasters are")} smaller than the window of '
        f'{window} px, the first is {small[0]}; what is missing is padded with invalid '
        f'pixels, so choose a smaller window if you can.'
    ]


def scale_notes(
    infos: Sequence[RasterInfo], metres: np.ndarray, gsd: float | None
) -> Iterator[str]:
    """What makes windows of equal size show unequal ground.

    Args:
        infos: Headers of all rasters.
        metres: Ground sample distance of each, nan where it is unknown.
        gsd: What they are resampled to; None where they are not.
    """
    unknown = np.isnan(metres)
    if gsd is not None or unknown.all():
        return
    least, most = np.nanmin(metres), np.nanmax(metres)
    if most > MAX_DISTANCE_RATIO * least:
        yield (
            f'Pixels of the rasters cover from {least:.3g} to {most:.3g} m on the '
            f'ground, so windows of equal size show objects at unequal scale: set gsd '
            f'in the data set to read all at one ground sample distance.'
        )
    if unknown.any():
        yield (
            f'{counted(int(unknown.sum()), "raster has", "rasters have")} no CRS while '
            f'others do, the first is '
            f'{infos[int(unknown.argmax())].path}; whether their pixels cover as much '
            f'ground as those of the others is unknown.'
        )
