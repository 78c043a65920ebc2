"""Times windows resampled along their axes beside GDAL's warper, on one CPU thread.

    python benchmarks/resample_speed.py

Windows of 128 px of three-band uint8 pixels that lie in memory, of several sizes of the
source's pixels; both ways take turns. Milliseconds of processor time, how many times
the warper takes, and the share of pixels that differ. Writes
benchmarks/results/resample_speed.json.
"""

import numpy as np
import torch
from affine import Affine
from common import processor, seconds_in_turn, smooth_pixels, spread, write_result
from rasterio.crs import CRS

from glcnet_mm.rasters.along_axes import parallel_axes, resample_along
from glcnet_mm.rasters.raster_io import RasterInfo, Window
from glcnet_mm.rasters.resample import GroundGrid, _by_warper, source_region

WINDOW, REPEATS = Window(1, 2, 128, 128), 40
# Pixels of the source that one of the windows' covers, per axis.
FACTORS = (0.5, 1.5, 8 / 3, 6)


def compare(factor: float) -> dict:
    """Both ways at one scale."""
    side = 2 * (int(130 * max(factor, 1)) // 2 + 16)
    place = Affine(1, 0, 500_000, 0, -1, 5_400_000)
    crs = CRS.from_epsg(32633)
    source = RasterInfo('', side, side, 3, 'uint8', None, crs, place, masked=False)
    target = source._replace(transform=place * Affine.scale(factor))
    region = source_region(source, target, WINDOW, False)
    pixels = np.ones((region.height, region.width, 4), np.uint8)
    part = np.s_[:, region.row :, region.col :]
    shown = smooth_pixels(3, 8 * (side // 8 + 1))[part]
    pixels[..., :3] = shown[:, : region.height, : region.width].transpose(1, 2, 0)

    def along() -> np.ndarray:
        axes = parallel_axes(source, target, region, WINDOW)
        return np.floor(resample_along(pixels, *axes, np.float32) + 0.5)

    def warped() -> np.ndarray:
        return _by_warper(pixels, GroundGrid(source, target), region, WINDOW, False)

    times = seconds_in_turn(
        dict(along_axes=lambda _: along(), warper=lambda _: warped()), REPEATS
    )
    found = {name: spread(seconds) for name, seconds in times.items()}
    ratio = found['warper']['ms'] / found['along_axes']['ms']
    differing = float((along() != warped()).mean())
    return dict(**found, ratio=round(ratio, 1), differing=round(differing, 6))


def main() -> None:
    """Measures and writes."""
    torch.set_num_threads(1)
    found = {f'{factor:.2f}': compare(factor) for factor in FACTORS}
    summary = {
        f'{factor} source pixels in one': f'{row["ratio"]} times as fast as the warper'
        for factor, row in found.items()
    }
    write_result(
        'resample_speed', dict(processor=processor(), threads=1, **found), summary
    )


if __name__ == '__main__':
    main()
