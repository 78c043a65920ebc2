"""Pixels in metres on the ground: how large they are, and grids of one size for all.

A raster's own pixels may be of any size, turned, or in feet or degrees. Its ground grid
covers the same ground by square, north-up pixels of ``gsd`` metres.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from affine import Affine
from pyproj import Geod
from pyproj.database import query_utm_crs_info
from rasterio.crs import CRS

from ..errors import UserError
from . import alignment
from .alignment import geotransform, joined, to_crs
from .raster_io import RasterInfo, open_raster

WGS84 = CRS.from_epsg(4326)
GROUND = Geod(ellps='WGS84')
# A projection keeps its place as long as its metres are metres on the ground.
MAX_DISTORTION = 0.02
MAX_SPAN_M = 2e6
MAX_SCALE = 64
EDGE_POINTS = 21


def sized(infos: Sequence[RasterInfo], pixel_size: float) -> list[RasterInfo]:
    """Headers whose units are metres where a file has no CRS to say so.

    Position and rotation by a world file stay, in units that fit ``pixel_size``.

    Args:
        infos: Headers as read.
        pixel_size: Side of a pixel on the ground, in metres, of files without a CRS.

    Raises:
        UserError: The size is no length.
    """
    if not 0 < pixel_size < np.inf:
        raise UserError(
            f'pixel_size={pixel_size!r} is no length; give the side of a pixel on the '
            f'ground in metres, such as 0.5.'
        )
    return [i if i.crs is not None else _in_metres(i, pixel_size) for i in infos]


def _in_metres(info: RasterInfo, size: float) -> RasterInfo:
    # An image that says nothing counts its rows downwards; grids count north upwards.
    says = not np.array_equal(geotransform(info), np.eye(3))
    place = info.transform if says else Affine.scale(1, -1)
    unit = size / alignment.pixel_size(info._replace(transform=place))
    return info._replace(transform=Affine.scale(unit) * place)


def pixel_metres(
    infos: Sequence[RasterInfo], pixel_size: float | None = None
) -> np.ndarray:
    """Ground sample distance of each raster at its centre.

    Without a CRS it is ``pixel_size``, and NaN where that is None.
    """
    pixels = np.array([geotransform(info)[:2, :2] for info in infos])
    # Without a CRS there is nothing to compute, and nothing to warn of.
    with np.errstate(invalid='ignore'):
        metres = np.sqrt(np.abs(np.linalg.det(ground_scales(infos) @ pixels)))
    if pixel_size is not None:
        metres[[info.crs is None for info in infos]] = pixel_size
    return metres


def known_metres(info: RasterInfo, pixel_size: float | None) -> float:
    """Ground sample distance at the centre of a raster that is mapped at a ``gsd``.

    Raises:
        UserError: The raster does not say where it lies, nor ``pixel_size`` its size.
    """
    metres = float(pixel_metres([info], pixel_size)[0])
    if not np.isfinite(metres):
        raise UserError(_no_size(info, 'map it by a config without gsd'))
    return metres


def ground_scales(infos: Sequence[RasterInfo]) -> np.ndarray:
    """Metres to east and north per unit of x and y, ``(n, 2, 2)``, at the centres.

    Not finite where there is no CRS or it does not reach.
    """
    scales = np.full((len(infos), 2, 2), np.nan)
    groups: dict[Any, list[int]] = {}
    for number, info in enumerate(infos):
        if info.crs is not None:
            groups.setdefault(info.crs, []).append(number)
    for group in groups.values():
        scales[group] = _scales_of_one_crs([infos[number] for number in group])
    return scales


def _scales_of_one_crs(infos: Sequence[RasterInfo]) -> np.ndarray:
    centres = np.array(
        [(geotransform(i) @ (i.width / 2, i.height / 2, 1))[:2] for i in infos]
    )
    # Central differences over some pixels: long enough for the digits of an angle,
    # short enough for a map to be straight.
    steps = np.array([50 * alignment.pixel_size(info) for info in infos])[:, None, None]
    around = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    x, y = (centres[:, None] + steps * around).reshape(-1, 2).T
    lon, lat = (c.reshape(-1, 4) for c in to_crs(infos[0].crs, WGS84, x, y))
    # Where a map does not reach, nothing is finite.
    reached = (np.isfinite(lon) & (np.abs(lat) <= 90)).all(1)
    lon, lat = (np.where(reached[:, None], c, np.nan) for c in (lon, lat))
    # Both ends of a geodesic see it at half the convergence of the meridians.
    ahead, back, metres = GROUND.inv(
        lon[:, 1::2], lat[:, 1::2], lon[:, ::2], lat[:, ::2]
    )
    ahead, back = np.radians(ahead), np.radians(back)
    east = metres * (np.sin(ahead) - np.sin(back)) / 2
    north = metres * (np.cos(ahead) - np.cos(back)) / 2
    return np.stack([east, north], 1) / (2 * steps)


def ground_grids(
    infos: Sequence[RasterInfo], gsd: float, pixel_size: float | None = None
) -> list[RasterInfo]:
    """Headers of rasters as seen through square pixels of ``gsd`` metres.

    Each keeps CRS and, where it is not turned, origin, unless lengths in the CRS differ
    from those on the ground by more than 2 % (degrees, Web Mercator): then it is of
    the UTM zone of its centre.

    Args:
        infos: Headers; those without a CRS as ``sized`` returns them.
        gsd: Metres.
        pixel_size: What those without a CRS were sized by, if they were.

    Raises:
        UserError: A raster does not say where it lies, or its pixels are far from
            ``gsd``.
    """
    scales = ground_scales(infos)
    if pixel_size is not None:
        scales[[info.crs is None for info in infos]] = np.eye(2)
    return [_grid(*pair, gsd) for pair in zip(infos, scales, strict=True)]


def _grid(info: RasterInfo, scale: np.ndarray, gsd: float) -> RasterInfo:
    if not np.isfinite(scale).all():
        raise UserError(_no_size(info, 'drop gsd'))
    metres = float(np.sqrt(abs(np.linalg.det(scale @ geotransform(info)[:2, :2]))))
    if not 1 / MAX_SCALE <= gsd / metres <= MAX_SCALE:
        raise UserError(
            f'{info.path} has pixels of {metres:.3g} m, which gsd={gsd:g} would scale '
            f'by more than {MAX_SCALE}; correct gsd, in metres, or resample the file.'
        )
    unit = _unit(info.crs)
    stretch = np.linalg.svd(scale, compute_uv=False) / unit
    if np.abs(stretch - 1).max() <= MAX_DISTORTION:
        return _covering(info, info.crs, gsd / unit)
    return _covering(info, _local_utm(info), gsd)


@lru_cache(maxsize=1024)
def _unit(crs: CRS | None) -> float:
    """Metres per unit of a map, infinite where coordinates are angles."""
    if crs is None:  # sized, thus in metres
        return 1.0
    return crs.linear_units_factor[1] if crs.is_projected else np.inf


def geographic(info: RasterInfo) -> RasterInfo:
    """A header of the same size whose bounds are in degrees, for coarse comparisons."""
    east, north = _edge(info, WGS84)
    west, top = float(east.min()), float(north.max())
    steps = np.ptp(east) / info.width, np.ptp(north) / info.height
    place = Affine(float(steps[0]), 0, west, 0, -float(steps[1]), top)
    return info._replace(crs=WGS84, transform=place)


def _edge(info: RasterInfo, crs: Any) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of points along the border of a raster."""
    share = np.linspace(0, 1, EDGE_POINTS)
    zeros, ones = np.zeros(EDGE_POINTS), np.ones(EDGE_POINTS)
    edge = np.stack(
        [
            info.width * np.concatenate([share, share, zeros, ones]),
            info.height * np.concatenate([zeros, ones, share, share]),
            np.ones(4 * EDGE_POINTS),
        ]
    )
    x, y = to_crs(info.crs, crs, *(geotransform(info) @ edge)[:2])
    return joined(crs, x), y


def _covering(info: RasterInfo, crs: Any, step: float) -> RasterInfo:
    """The grid of pixels of ``step`` units that covers a raster."""
    x, y = _edge(info, crs)
    span = max(np.ptp(x), np.ptp(y))
    if crs != info.crs and not span <= MAX_SPAN_M:
        raise UserError(
            f'{info.path} spans more ground than one UTM zone can show; cut it into '
            f'pieces or warp it to a projected CRS, for example by gdalwarp -t_srs.'
        )
    # Rounding must not add a row to a size that divides.
    width, height = (int(np.ceil(np.ptp(c) / step - 1e-6)) for c in (x, y))
    place = Affine(step, 0, float(x.min()), 0, -step, float(y.max()))
    return info._replace(width=width, height=height, crs=crs, transform=place)


def _local_utm(info: RasterInfo) -> CRS:
    centre = geotransform(info) @ [[info.width / 2], [info.height / 2], [1]]
    (lon,), (lat,) = to_crs(info.crs, WGS84, *centre[:2])
    lon = (lon + 180) % 360 - 180
    for code, (west, south, east, north) in _utm_zones().items():
        if west <= lon < east and south <= lat <= north:
            return CRS.from_epsg(code)
    return CRS.from_epsg(32661 if lat > 0 else 32761)


@lru_cache(maxsize=1)
def _utm_zones() -> dict[int, tuple[float, float, float, float]]:
    """EPSG codes and bounds in degrees, the northern ones first."""
    zones = query_utm_crs_info(datum_name='WGS 84')
    return {
        int(zone.code): zone.area_of_use.bounds for zone in zones if zone.area_of_use
    }


def _no_size(info: RasterInfo, otherwise: str) -> str:
    """Why nobody knows the size of a raster's pixels, and what to do.

    Args:
        info: Its header.
        otherwise: The last way out.
    """
    path = info.path
    if info.crs is not None:
        return (
            f'{path} lies outside the area of its CRS, {info.crs.to_string()}; '
            f'correct its CRS or its geotransform.'
        )
    with open_raster(path) as source:
        points = source.gcps[0]
    if points:
        return (
            f'{path} has ground control points only, which gsd cannot use; warp it '
            f'first, for example by gdalwarp -tps, or {otherwise}.'
        )
    return (
        f'{path} has no CRS, so that its pixels have no size in metres; set pixel_size '
        f'in the data set, georeference it, for example by gdal_edit -a_srs, or '
        f'{otherwise}.'
    )
