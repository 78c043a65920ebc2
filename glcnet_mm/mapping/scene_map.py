"""A land-cover map of a whole scene, piece by piece."""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import StringIO

import numpy as np
import rasterio
from mmengine.logging import print_log

from ..console.progress import Progress
from ..errors import UserError
from ..rasters.georeference import Georeference, read_georeference
from ..rasters.raster_io import block_size, raster_info
from ..rasters.validity_text import validity_text
from .assembly import assemble
from .background import in_background
from .ensemble import SceneModel
from .map_dependencies import is_complete, settings_of
from .map_lock import map_lock, remove_leftovers
from .output_checks import check_outputs
from .pieces_folder import PartsFolder, remove_leftover
from .products import Product, products_of, values_of
from .sliding_window import DEFAULT, SlidingWindow
from .streaming import blended_lines
from .tiling import Part, Piece, Plan

# Of GDAL's decoded blocks; its own default is a share of the machine's memory.
LEAST_CACHE_BYTES, MAX_CACHE_BYTES = 2**26, 2**28
ITEMS_AHEAD = 4


class NothingToMap(UserError):
    """A scene without a valid pixel."""


def check_files(scene: str, outputs: Sequence[str]) -> Georeference:
    """Finds what is wrong with the files before a model is loaded.

    Args:
        scene: Raster to map.
        outputs: Rasters to be.
    """
    raster_info(scene)
    position = read_georeference(scene)
    check_outputs(outputs, position.files)
    return position


def map_scene(
    segmentor: SceneModel,
    scene: str,
    out: str,
    probabilities: str | None = None,
    entropy: str | None = None,
    sliding: SlidingWindow = DEFAULT,
    part: Part | None = None,
) -> str:
    """Writes the map of a scene; memory does not grow with its size.

    Overlapping logits are averaged with weights that fall towards the border of a
    window. Where the scene has no valid data the map holds 255. Pieces that an
    interrupted call or one for a part has finished are not made again.

    Args:
        segmentor: What is mapped.
        scene: Raster of any size.
        out: Class map to be, a cloud-optimised GeoTIFF with colours and class names.
        probabilities: Second GeoTIFF to be, one band per class; 250 stands for 1.
        entropy: Third GeoTIFF to be, of the entropy; 250 is as uncertain as can be.
        sliding: Windows that the scene is read in.
        part: Make only the pieces of one part, e.g. (1, 3), and leave them beside
            ``out``; a call without it makes the rest and the map.

    Returns:
        What was done, as a sentence.
    """
    products = products_of(segmentor, out, probabilities, entropy)
    position = check_files(scene, [str(product.path) for product in products])
    plan, batch_size = _plan(segmentor, scene, sliding), sliding.batch_size
    settings = settings_of(segmentor, position, plan, products)
    with map_lock(out, shared=part is not None):
        if part is None:
            _clear(products)
        if is_complete(products, settings):
            remove_leftover(out, settings)
            return f'{out} is complete already, made with the same settings.'
        folder = PartsFolder(out, settings)
        if part is None:
            folder.clear()
        with rasterio.Env(GDAL_CACHEMAX=cache_bytes(scene, plan)):
            try:
                _make_pieces(segmentor, scene, plan, folder, products, batch_size, part)
            except BaseException:
                folder.remove_if_empty()
                raise
            if part is not None:
                return f'Part {part[0]} of {part[1]} is in {folder.path}.'
            mapped = assemble(folder, plan.bands(), products, position, settings)
        folder.remove()
    if not mapped:
        raise NothingToMap(f'{scene} has no valid pixel, only nodata: nothing to map.')
    return f'Map written to {out}'


def logits_of(
    segmentor: SceneModel, scene: str
) -> Iterator[tuple[tuple[slice, slice], np.ndarray, np.ndarray]]:
    """Blended logits of a scene, a few lines at a time.

    Yields:
        Rows and columns of the scene, logits (K, n, m) that last until the next step,
        and validity (n, m).
    """
    plan = _plan(segmentor, scene, DEFAULT)
    names = {piece.name for band in plan.bands() for piece in band}
    for stretch in plan.stretches(names):
        progress = Progress(stretch.windows, 'windows', stream=StringIO())
        top, columns = stretch.rows.first, stretch.columns
        lines = blended_lines(segmentor, scene, stretch, DEFAULT.batch_size, progress)
        for logits, valid in lines:
            bottom = top + logits.shape[1]
            place = slice(top, bottom), slice(columns.first, columns.stop)
            yield place, logits, valid
            top = bottom


def cache_bytes(scene: str, plan: Plan) -> int:
    """Room for the scene's blocks under a row of windows of the plan's widest strip.

    What two rows of windows share is then decoded once, also of large blocks.
    """
    info = raster_info(scene)
    width, height = block_size(scene)
    strip = max(piece.window.width for piece in plan.bands()[0]) + 2 * plan.window_px
    across = min(math.ceil(strip / width) + 1, math.ceil(info.width / width))
    down = math.ceil(plan.window_px / height) + 1
    block = width * height * info.bands * np.dtype(info.dtype).itemsize
    return min(max(across * down * block, LEAST_CACHE_BYTES), MAX_CACHE_BYTES)


def _clear(products: Sequence[Product]) -> None:
    """Deletes what killed calls left beside the maps."""
    for product in products:
        remove_leftovers(product.path)
        remove_leftovers(f'{product.path}.aux.xml')


def _plan(segmentor: SceneModel, scene: str, sliding: SlidingWindow) -> Plan:
    info = raster_info(scene)
    segmentor.check_scene(info)
    print_log(f'{scene}, validity: {validity_text(scene, segmentor.choice)}')
    window_px, overlap_px = sliding.window_px, sliding.overlap_px
    window_px = segmentor.window_px if window_px is None else window_px
    if window_px is None or window_px < 1:
        raise UserError(
            f'The window must be at least 1 pixel, got {window_px}; it comes from the '
            "command line or from the config's test data set."
        )
    bands = len(segmentor.choice.numbers(info.bands))
    return Plan(
        info.height,
        info.width,
        window_px,
        window_px // 4 if overlap_px is None else overlap_px,
        segmentor.num_classes,
        bands * np.dtype(info.dtype).itemsize,
    )


def _make_pieces(
    segmentor: SceneModel,
    scene: str,
    plan: Plan,
    folder: PartsFolder,
    products: Sequence[Product],
    batch_size: int,
    part: Part | None,
) -> None:
    wanted = [piece for band in plan.bands(part or (1, 1)) for piece in band]
    missing = {piece.name for piece in folder.missing(wanted)}
    if not missing:
        return
    if len(missing) < len(wanted):
        print_log(
            f'Going on: {len(wanted) - len(missing)} of {len(wanted)} pieces are there.'
        )
    stretches = plan.stretches(missing)
    progress = Progress(sum(stretch.windows for stretch in stretches), 'windows')
    for stretch in stretches:
        lines = blended_lines(segmentor, scene, stretch, batch_size, progress)
        values = in_background(
            (values_of(products, *pair) for pair in lines), ITEMS_AHEAD
        )
        with closing(values):
            _write_pieces(values, stretch.pieces, folder, products)
    progress.close()


def _write_pieces(
    values: Iterator[np.ndarray],
    pieces: Sequence[Piece],
    folder: PartsFolder,
    products: Sequence[Product],
) -> None:
    """Lines come by rows of windows, at whose starts pieces end."""
    bands = sum(product.bands for product in products)
    for piece in pieces:
        left = piece.window.height
        with folder.writer(piece, bands) as writer:
            while left:
                lines = next(values)
                writer.write(lines)
                left -= lines.shape[1]
