"""The rasters of a data set on the ground, and their labels' sizes."""

from collections.abc import Sequence

from ..errors import UserError
from ..rasters.ground_grid import ground_grids, sized
from ..rasters.raster_io import RasterInfo
from ..rasters.resample import GroundGrid

Infos = Sequence[RasterInfo]


def on_ground(
    sources: Infos, gsd: float | None, pixel_size: float | None
) -> tuple[Infos, Infos, list[GroundGrid | None]]:
    """Where rasters lie and in which pixels they are read.

    Args:
        sources: Their headers.
        gsd: Metres of a pixel to read; None for their own.
        pixel_size: Metres of a pixel of rasters without a CRS.

    Returns:
        Headers with their place, headers in the pixels that windows count, and the
        ground grids between them, None where nothing is resampled.
    """
    in_metres = sources if pixel_size is None else sized(sources, pixel_size)
    if gsd is None:
        # A raster's own pixels are read, and it lies where it says.
        return sources, sources, [None] * len(sources)
    seen = ground_grids(in_metres, gsd, pixel_size)
    return in_metres, seen, list(map(GroundGrid, in_metres, seen))


def check_sizes(infos: Sequence[RasterInfo], labels: Sequence[RasterInfo]) -> None:
    """Refuses labels of another size than their images, without a ground grid."""
    pairs = zip(infos, labels, strict=True)
    wrong = [p for p in pairs if (p[0].width, p[0].height) != (p[1].width, p[1].height)]
    if wrong:
        info, label = wrong[0]
        more = f' ({len(wrong) - 1} more pairs differ)' if len(wrong) > 1 else ''
        raise UserError(
            f'{label.path} has {label.width}x{label.height} pixels but its image '
            f'{info.path} has {info.width}x{info.height}; they must be equal{more}.'
        )
