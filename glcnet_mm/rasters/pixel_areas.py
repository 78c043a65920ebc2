"""How much ground the pixels of a raster cover."""

from typing import Any

import numpy as np
from pyproj import CRS, Proj
from rasterio.errors import CRSError

from .georeference import Georeference

HECTARE = 1e4
WEB_MERCATOR = 3857


def line_hectares(position: Georeference) -> np.ndarray | None:
    """Hectares of one pixel of every line.

    By the unit of a projected reference system; on the ellipsoid, where lines are
    parallels, for degrees and for Web Mercator, whose units are no metres on the
    ground.

    Returns:
        (height,); None when the raster does not say how large its pixels are.
    """
    crs, transform = position.crs, position.transform
    if crs is None or transform.is_identity:
        return None
    rows = np.arange(position.height + 1)
    heights = transform.f + transform.e * rows
    if crs.is_geographic or crs.to_epsg() == WEB_MERCATOR:
        if transform.d:  # lines cross the parallels
            return None
        return _on_ellipsoid(crs, heights, transform.a) / HECTARE
    try:
        unit = crs.linear_units_factor[1]
    except CRSError:
        return None
    return np.full(position.height, abs(transform.determinant) * unit**2 / HECTARE)


def _on_ellipsoid(crs: Any, heights: np.ndarray, width: float) -> np.ndarray:
    """Square metres between neighbouring ordinates, over a width in units of x.

    On the equal-area cylinder of the reference system's ellipsoid, as wide as its
    equator, ground keeps its area.
    """
    own = CRS.from_wkt(crs.to_wkt())
    geod = own.get_geod()
    assert geod is not None  # of a geographic or projected system
    if crs.is_geographic:
        unit = crs.units_factor[1]
        latitudes, width = np.degrees(heights * unit), width * unit * geod.a
    else:
        _, latitudes = Proj(own)(np.zeros_like(heights), heights, inverse=True)
    latitudes = np.clip(latitudes, -90, 90)
    cylinder = Proj(proj='cea', a=geod.a, b=geod.b)
    _, north = cylinder(np.zeros_like(latitudes), latitudes)
    return np.abs(np.diff(north) * width)
