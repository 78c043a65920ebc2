"""What a map depends on, kept with it, so that only equal work is taken for done."""

import hashlib
import json
import os
from collections.abc import Sequence

import rasterio
from rasterio.errors import RasterioError

import glcnet_mm

from ..rasters import vsi
from ..rasters.georeference import Georeference
from ..rasters.integrity import warped_sources
from .ensemble import SceneModel
from .products import Product
from .tiling import Plan

TAG = 'GLCNET_MM_SETTINGS'
# Viewers write these beside a raster when it is opened.
BY_PRODUCTS = ('.aux.xml', '.ovr')


def settings_of(
    segmentor: SceneModel,
    position: Georeference,
    plan: Plan,
    products: Sequence[Product],
) -> dict:
    """All that decides the pixels; keys are words for messages.

    Batch size and device are left out: they change no more than the last digits.
    """
    files = [file for file in position.files if not file.endswith(BY_PRODUCTS)]
    files += warped_sources(files)
    stamps = [
        (os.path.basename(file), vsi.size(file), _changed(file)) for file in files
    ]
    return dict(
        scene=hashlib.sha256(repr(stamps).encode()).hexdigest()[:16],
        model=segmentor.identity,
        window=plan.window_px,
        overlap=plan.overlap_px,
        outputs=[product.kind for product in products],
        version=glcnet_mm.__version__,
    )


def _changed(file: str) -> int | None:
    """When a plain file was changed; of others their size must do."""
    return os.stat(file).st_mtime_ns if vsi.is_plain(file) else None


def write_settings(file: rasterio.io.DatasetWriter, settings: dict) -> None:
    """Keeps them in a raster."""
    file.update_tags(**{TAG: json.dumps(settings)})


def is_complete(products: Sequence[Product], settings: dict) -> bool:
    """Whether all rasters are there and were made with these settings."""
    return all(_read_settings(product.path) == settings for product in products)


def _read_settings(path: str | os.PathLike) -> dict | None:
    try:
        with rasterio.open(path) as file:
            return json.loads(file.tags().get(TAG, 'null'))
    except (RasterioError, ValueError):
        return None  # damaged, so it is made again
