"""Windows of a ground grid, resampled from a raster on any other grid."""

from typing import NamedTuple

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject

from ..errors import UserError
from .alignment import beside, part_of, points_in, window_points
from .along_axes import parallel_axes, resample_along
from .raster_io import RasterInfo, Window, overview_factors, read_window
from .validity import Bands

MAX_SOURCE_PIXELS = 2**22
# Of a pixel; far below what interpolation itself loses.
SAME_GRID = 1e-3
# For rasters that are sized but lie nowhere: the warper insists on a CRS.
PLANE = CRS.from_wkt('LOCAL_CS["plane",UNIT["metre",1]]')
# It takes pixels of one metre from the origin on for a raster that lies nowhere.
AWAY = Affine.translation(4096, 4096)


class GroundGrid(NamedTuple):
    """A raster as seen on the grid of another header.

    Args:
        source: Header of the file.
        target: Header whose grid windows count in, of any CRS.
    """

    source: RasterInfo
    target: RasterInfo

    def read(
        self, window: Window, bands: Bands = None, nearest: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """As ``read_window``, for a window of the target grid.

        Pixels are interpolated between valid ones only, over as much ground as a
        pixel of the target covers; one is valid where at least half of what it is made
        of is.

        Args:
            window: Pixels of the target.
            bands: 1-based bands in the order wanted, all when None, or a
                ``BandChoice``.
            nearest: Take the nearest pixel, as labels need.
        """
        source, target = self
        shifted = same_grid(source, target, window)
        if shifted is not None:
            return read_window(source.path, shifted, bands)
        factor = 1 if nearest else overview_factor(source, target, window)
        grid = GroundGrid(coarsened(source, factor), target)
        region = source_region(grid.source, target, window, nearest)
        if region is None:
            return read_window(source.path, window._replace(col=-window.width), bands)
        if region.width * region.height > MAX_SOURCE_PIXELS and max(window[2:]) > 1:
            axis, parts = _halves(window)
            read = [self.read(part, bands, nearest) for part in parts]
            pixels, valid = (np.concatenate(p, axis) for p in zip(*read, strict=True))
            return pixels, valid
        place = Window(*(factor * number for number in region))
        pixels, valid = read_window(source.path, place, bands, region[2:])
        return _warp(pixels, valid, grid, region, window, nearest)


def overview_factor(source: RasterInfo, target: RasterInfo, window: Window) -> int:
    """Of the coarsest overview that serves a window, else 1.

    Of its pixels four or more, per axis, are averaged into one of the target: where a
    raster's size is no multiple of the factor, an overview lies up to half of its
    pixels off, and some are picked, not averaged.
    """
    most = source_spread(source, target, window).min() / 4
    if most < 2:
        return 1
    return max((f for f in overview_factors(source.path) if f <= most), default=1)


def coarsened(source: RasterInfo, factor: int) -> RasterInfo:
    """The header of a raster as its overview shows it."""
    return source._replace(
        width=-(-source.width // factor),
        height=-(-source.height // factor),
        transform=source.transform * Affine.scale(factor),
    )


def read_on(
    grid: GroundGrid | None,
    path: str,
    window: Window,
    bands: Bands = None,
    nearest: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """``read_window``, through a grid where there is one."""
    if grid is None:
        return read_window(path, window, bands)
    return grid.read(window, bands, nearest)


def label_grid(label: RasterInfo, image: RasterInfo, target: RasterInfo) -> GroundGrid:
    """For labels, which lie where their geotransform says.

    One without a position, or of an image without, takes that of its image, which it
    must equal in size.

    Raises:
        UserError: One has no position and they have other sizes, or it lies elsewhere.
    """
    if label.crs is None or image.crs is None:
        if (label.width, label.height) != (image.width, image.height):
            bare = label if label.crs is None else image
            raise UserError(
                f'{label.path} has {label.width}x{label.height} pixels but its image '
                f'{image.path} {image.width}x{image.height}, and {bare.path} has no '
                f'CRS; georeference it.'
            )
        label = label._replace(crs=image.crs, transform=image.transform)
    whole = Window(0, 0, target.width, target.height)
    if source_region(label, target, whole, nearest=True) is None:
        raise UserError(
            f'{label.path} lies elsewhere than its image {image.path}; correct its '
            f'geotransform or the pairing.'
        )
    return GroundGrid(label, target)


def same_grid(source: RasterInfo, target: RasterInfo, window: Window) -> Window | None:
    """The window in pixels of the source, if these are pixels of the target."""
    if source.crs != target.crs:
        return None
    x, y = np.array([(0, 0), (window.width, 0), (0, window.height)]).T
    moved = points_in(source, target, x + window.col, y + window.row) - (x, y)
    shift = np.rint(moved[:, 0])
    if np.abs(moved - shift[:, None]).max() > SAME_GRID:
        return None
    return window._replace(col=int(shift[0]), row=int(shift[1]))


def source_region(
    source: RasterInfo, target: RasterInfo, window: Window, nearest: bool
) -> Window | None:
    """The pixels of the source that a window is made of, None if there are none."""
    columns, rows = points_in(source, target, *window_points(window))
    spread = np.ones(2) if nearest else source_spread(source, target, window)
    margin = 2 * np.ceil(spread).astype(int) + 2
    size = (source.width, source.height)
    low, high = [], []
    for points, extra, length in zip((columns, rows), margin, size, strict=True):
        points = points[np.isfinite(points)]
        if not points.size:
            return None
        low.append(max(int(np.floor(points.min())) - extra, 0))
        high.append(min(int(np.ceil(points.max())) + extra, length))
    if low[0] >= high[0] or low[1] >= high[1]:
        return None
    return Window(low[0], low[1], high[0] - low[0], high[1] - low[1])


def source_spread(source: RasterInfo, target: RasterInfo, window: Window) -> np.ndarray:
    """Pixels of the source, along its columns and rows, that one of the target meets.

    At least 1 each, which is what interpolation needs.
    """
    x, y = window.col + window.width / 2, window.row + window.height / 2
    around = np.array([(-0.5, 0), (0.5, 0), (0, -0.5), (0, 0.5)])
    points = points_in(source, target, *(around + (x, y)).T)
    matrix = np.stack([points[:, 1] - points[:, 0], points[:, 3] - points[:, 2]], 1)
    spread = np.linalg.norm(matrix, axis=1)
    return np.maximum(np.where(np.isfinite(spread), spread, 1), 1)


def _warp(
    pixels: np.ndarray,
    valid: np.ndarray,
    grid: GroundGrid,
    region: Window,
    window: Window,
    nearest: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Resamples a region to a window; invalid pixels have no weight."""
    dtype = pixels.dtype
    wide = np.result_type(dtype, np.float32)
    weighted = not (nearest or valid.all())
    axes = None if nearest else parallel_axes(*grid, region, window)
    # The last layer is how much of a pixel is valid.
    layers = np.concatenate([pixels, valid[..., None].astype(dtype)], -1)
    if axes is not None:
        layers = resample_along(layers, *axes, wide)
    else:
        # Where pixels are missing: sums of products and of weights, divided below.
        layers = layers.astype(wide if weighted else dtype, copy=False)
        layers = _by_warper(layers, grid, region, window, nearest)
    layers, weight = layers[..., :-1], layers[..., -1]
    good = weight > 0.499
    if weighted:
        layers = layers / np.maximum(weight, 0.499)[..., None]
    if dtype.kind in 'iu' and layers.dtype.kind == 'f':
        layers = np.floor(layers + 0.5)
    layers = layers.astype(dtype)
    layers[~good] = 0
    return layers, good


def _by_warper(
    layers: np.ndarray, grid: GroundGrid, region: Window, window: Window, nearest: bool
) -> np.ndarray:
    """Layers ``(h, w, C)`` of a region as ``(H, W, C)`` of a window, of one type."""
    source, target = grid
    bands = np.ascontiguousarray(np.moveaxis(layers, -1, 0))
    found = np.zeros((len(bands), window.height, window.width), bands.dtype)
    across, down = source_spread(source, target, window)
    plane = source.crs == target.crs and not (source.crs and source.crs.is_geographic)
    move = AWAY if plane else Affine.identity()
    reproject(
        bands,
        found,
        # GDAL joins longitudes across the antimeridian, but knows no further turns.
        src_transform=move * beside(part_of(source, region), 0).transform,
        src_crs=source.crs or PLANE,
        dst_transform=move * part_of(target, window).transform,
        dst_crs=target.crs or PLANE,
        resampling=Resampling.nearest if nearest else Resampling.bilinear,
        # GDAL's own guess widens the kernel of turned grids, which blurs and moves.
        XSCALE=1 / across,
        YSCALE=1 / down,
    )
    return np.moveaxis(found, 0, -1)


def _halves(window: Window) -> tuple[int, tuple[Window, Window]]:
    """The window cut in two along its longer axis, 0 for rows and 1 for columns."""
    col, row, width, height = window
    if width >= height:
        half = width // 2
        right = Window(col + half, row, width - half, height)
        return 1, (Window(col, row, half, height), right)
    half = height // 2
    lower = Window(col, row + half, width, height - half)
    return 0, (Window(col, row, width, half), lower)
