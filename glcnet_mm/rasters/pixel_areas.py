"""How much ground the pixels of a raster cover."""

import re
from typing import Any

import numpy as np
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
        axis = ellipsoid(crs)[0]
        if crs.is_geographic:
            unit = crs.units_factor[1]
            latitudes, width = heights * unit, transform.a * unit
        else:
            latitudes = 2 * np.arctan(np.exp(heights / axis)) - np.pi / 2
            width = transform.a / axis
        zones = zone_area(np.clip(latitudes, -np.pi / 2, np.pi / 2), *ellipsoid(crs))
        return np.abs(np.diff(zones) * width) / HECTARE
    try:
        unit = crs.linear_units_factor[1]
    except CRSError:
        return None
    return np.full(position.height, abs(transform.determinant) * unit**2 / HECTARE)


def ellipsoid(crs: Any) -> tuple[float, float]:
    """Half the large axis in metres, and the eccentricity."""
    found = re.search(r'(?:SPHEROID|ELLIPSOID)\["[^"]*",([^,\]]+),([^,\]]+)', crs.wkt)
    axis, inverse = (float(number) for number in found.groups())
    flattening = 1 / inverse if inverse else 0
    return axis, np.sqrt(flattening * (2 - flattening))


def zone_area(latitude: np.ndarray, axis: float, eccentricity: float) -> np.ndarray:
    """Square metres from the equator to a latitude, per radian of longitude.

    Snyder, Map Projections: A Working Manual (1987), equation 3-12.
    """
    sine = np.sin(latitude)
    if not eccentricity:
        return axis**2 * sine
    product = eccentricity * sine
    atanh = np.arctanh(product) / eccentricity
    return axis**2 * (1 - eccentricity**2) / 2 * (sine / (1 - product**2) + atanh)
