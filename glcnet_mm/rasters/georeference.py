"""Where on Earth a scene lies, in whichever form its file says so."""

from typing import Any, NamedTuple

import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.rpc import RPC

from .raster_io import RasterInfo, Window


class Georeference(NamedTuple):
    """Size and position of a scene."""

    width: int
    height: int
    crs: Any
    transform: Any
    gcps: tuple[list[GroundControlPoint], Any]
    rpcs: RPC | None
    files: list[str]

    def profile(self) -> dict:
        """Creation options that give the position to a raster of the same size."""
        points, crs = self.gcps
        # A GeoTIFF holds control points or a transform, not both.
        # Points may come without a reference system, which rasterio wants empty.
        points_crs = CRS() if crs is None else crs
        position = dict(gcps=points, crs=points_crs) if points else dict(crs=self.crs)
        if not points and not self.transform.is_identity:
            position['transform'] = self.transform
        return position | dict(rpcs=self.rpcs, width=self.width, height=self.height)


def read_georeference(path: str) -> Georeference:
    """Reads the header of a scene, world files and side-car files included.

    Args:
        path: A raster known to be readable.
    """
    # The window reader does not list the folder, for speed; some side-car files are
    # found by listing only.
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


def window_georeference(
    path: str, window: Window, ground: RasterInfo | None = None
) -> Georeference:
    """Size and position of the part of a window that lies inside its raster.

    Control points and RPCs, which belong to the whole raster, are left out.

    Args:
        path: The raster.
        window: In its pixels, or in those of ``ground``.
        ground: Header of the grid that the raster was seen on, if not its own.
    """
    scene = read_georeference(path)
    if ground is not None:
        place = {key: getattr(ground, key) for key in ('width', 'height', 'crs')}
        scene = scene._replace(**place, transform=ground.transform)
    transform = scene.transform
    if not transform.is_identity:
        transform = transform * rasterio.Affine.translation(window.col, window.row)
    return scene._replace(
        width=min(window.width, scene.width - window.col),
        height=min(window.height, scene.height - window.row),
        transform=transform,
        gcps=([], None),
        rpcs=None,
    )
