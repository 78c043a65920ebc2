"""Where on Earth a scene lies, in whichever form its file says so."""

from typing import Any, NamedTuple

import rasterio
from rasterio.control import GroundControlPoint
from rasterio.rpc import RPC


class Georeference(NamedTuple):
    """Size and position of a scene."""

    width: int
    height: int
    crs: Any
    transform: Any
    gcps: tuple[list[GroundControlPoint], Any]
    rpcs: RPC | None
    files: list[str]

    def write_to(self, target: rasterio.io.DatasetWriter) -> None:
        """Gives the position to a raster of the same size."""
        points, crs = self.gcps
        if points:
            # A GeoTIFF holds control points or a transform, not both.
            target.gcps = points, crs
        else:
            target.crs = self.crs
            if not self.transform.is_identity:
                target.transform = self.transform
        if self.rpcs is not None:
            target.rpcs = self.rpcs


def read_georeference(path: str) -> Georeference:
    """Reads the header of a scene, world files and side-car files included.

    Args:
        path: A raster known to be readable.
    """
    # The window reader turns the search for side-car files off for speed.
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN='FALSE'),
        rasterio.open(path) as scene,
    ):
        return Georeference(
            scene.width,
            scene.height,
            scene.crs,
            scene.transform,
            scene.gcps,
            scene.rpcs,
            [path, *scene.files],
        )
