"""A land-cover map of a whole scene, streamed from the top."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial

import numpy as np

from glcnet_mm.datasets.raster_io import raster_info

from .georeference import Georeference, read_georeference
from .legend import (
    PROBABILITY_STEPS,
    describe_classes,
    describe_probabilities,
    write_category_names,
)
from .map_writer import NODATA, MapWriter
from .outputs import check_outputs
from .row_blender import RowBlender
from .segmentor import Segmentor
from .streaming import Lines, blended_lines


def check_files(
    scene: str, out: str, probabilities: str | None = None, *more_inputs: str
) -> Georeference:
    """Finds what is wrong with the files before a model is loaded.

    Args:
        scene: Raster to map.
        out: Class map to be.
        probabilities: Second raster to be.
        *more_inputs: Further files that must not be overwritten.
    """
    raster_info(scene)
    position = read_georeference(scene)
    outputs = [out] if probabilities is None else [out, probabilities]
    check_outputs(outputs, [*position.files, *more_inputs])
    return position


def map_scene(
    segmentor: Segmentor,
    scene: str,
    out: str,
    probabilities: str | None = None,
    window_px: int | None = None,
    overlap_px: int | None = None,
    batch_size: int = 4,
) -> None:
    """Writes the map of a scene; memory grows with one row of windows only.

    Overlapping logits are averaged with weights that fall towards the border of a
    window. Where the scene has no valid data the map holds 255.

    Args:
        segmentor: What is mapped.
        scene: Raster of any size.
        out: Class map to be, a GeoTIFF with colours and class names.
        probabilities: Second GeoTIFF to be, one band per class; 250 stands for 1.
        window_px: Side of the windows; that of the config's test set when None.
        overlap_px: Least overlap of neighbours; a quarter of the window when None.
        batch_size: Windows per forward pass. The map does not depend on it.
    """
    position = check_files(scene, out, probabilities)
    segmentor.check_bands(raster_info(scene).bands, scene)
    window_px = segmentor.window_px if window_px is None else window_px
    _check_sizes(window_px, batch_size)
    overlap_px = window_px // 4 if overlap_px is None else overlap_px
    blender = RowBlender(
        segmentor.num_classes, position.height, position.width, window_px, overlap_px
    )
    lines = blended_lines(segmentor, scene, blender, batch_size)
    with ExitStack() as stack:
        writers = [_class_writer(segmentor, out, position)]
        if probabilities is not None:
            writers.append(_probability_writer(segmentor, probabilities, position))
        for writer in writers:
            stack.enter_context(writer)
        if not _write_lines(lines, writers):
            raise ValueError(
                f'{scene} has no valid pixel, only nodata: nothing to map.'
            )
    write_category_names(out, segmentor.classes)


def _write_lines(lines: Iterable[Lines], writers: Sequence[MapWriter]) -> bool:
    """Writes the map and, to a second writer, the probabilities.

    Returns:
        Whether any pixel was valid.
    """
    mapped = False
    for logits, valid in lines:
        mapped |= bool(valid.any())
        for writer, values in zip(writers, (classes_of, steps_of), strict=False):
            writer.write(np.where(valid, values(logits), NODATA).astype(np.uint8))
    return mapped


def _check_sizes(window_px: int | None, batch_size: int) -> None:
    if window_px is None or window_px < 1 or batch_size < 1:
        raise ValueError(
            f'Window and batch size must be at least 1, got {window_px} and '
            f'{batch_size}; the window comes from the command line or from the '
            "config's test data set."
        )


def classes_of(logits: np.ndarray) -> np.ndarray:
    """Most likely class (1, n, width) of logits (K, n, width)."""
    return logits.argmax(0)[None]


def steps_of(logits: np.ndarray) -> np.ndarray:
    """Softmax of logits (K, n, width), 0 to ``PROBABILITY_STEPS``."""
    shares = np.exp(logits - logits.max(0))
    return np.rint(shares / shares.sum(0) * PROBABILITY_STEPS)


def _class_writer(segmentor: Segmentor, out: str, position: Georeference) -> MapWriter:
    describe = partial(
        describe_classes, classes=segmentor.classes, palette=segmentor.palette
    )
    return MapWriter(out, position, 1, describe, photometric='palette')


def _probability_writer(
    segmentor: Segmentor, out: str, position: Georeference
) -> MapWriter:
    describe = partial(describe_probabilities, classes=segmentor.classes)
    return MapWriter(out, position, segmentor.num_classes, describe, predictor=2)
