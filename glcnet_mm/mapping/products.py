"""The rasters that one pass over a scene makes."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio

from ..rasters.legend import (
    PROBABILITY_STEPS,
    describe_classes,
    describe_entropy,
    describe_probabilities,
)
from ..rasters.raster_writer import NODATA
from .ensemble import SceneModel


class Product(NamedTuple):
    """One raster to be."""

    kind: str
    path: Path
    bands: int
    values: Callable[[np.ndarray], np.ndarray]  # of logits (K, n, width)
    describe: Callable[[rasterio.io.DatasetWriter], None]
    creation: dict
    resampling: str  # of overviews
    classes: Sequence[str] = ()  # of the legend beside it
    palette: Sequence[Sequence[int]] = ()


def products_of(
    segmentor: SceneModel,
    out: str,
    probabilities: str | None = None,
    entropy: str | None = None,
) -> list[Product]:
    """The class map, first, and whichever of the others have a name."""
    classes, count = segmentor.classes, segmentor.num_classes
    legend = dict(classes=classes, palette=segmentor.palette)
    coloured = partial(describe_classes, **legend)
    named = partial(describe_probabilities, classes=classes)
    palette = dict(photometric='palette')
    made = [
        Product(
            'classes', Path(out), 1, classes_of, coloured, palette, 'nearest', **legend
        )
    ]
    if probabilities is not None:
        path = Path(probabilities)
        made.append(
            Product('probabilities', path, count, steps_of, named, {}, 'average')
        )
    if entropy is not None:
        path = Path(entropy)
        made.append(
            Product('entropy', path, 1, entropy_of, describe_entropy, {}, 'average')
        )
    return made


def values_of(
    products: Sequence[Product], logits: np.ndarray, valid: np.ndarray
) -> np.ndarray:
    """Bands of all products, one after the other, as stored.

    Args:
        products: Those wanted.
        logits: (K, n, width).
        valid: (n, width).
    """
    values = [product.values(logits).astype(np.uint8) for product in products]
    stacked = np.concatenate(values)
    stacked[:, ~valid] = NODATA
    return stacked


def classes_of(logits: np.ndarray) -> np.ndarray:
    """Most likely class (1, n, width) of logits (K, n, width)."""
    return logits.argmax(0)[None]


def steps_of(logits: np.ndarray) -> np.ndarray:
    """Softmax of logits (K, n, width), 0 to ``PROBABILITY_STEPS``."""
    return np.rint(_softmax(logits) * PROBABILITY_STEPS)


def entropy_of(logits: np.ndarray) -> np.ndarray:
    """Entropy (1, n, width) of the softmax, 0 to ``PROBABILITY_STEPS``.

    As a share of the logarithm of the number of classes, which is the most it can be.
    """
    shares = _softmax(logits)
    # The smallest number keeps 0 log 0 at 0.
    entropy = -(shares * np.log(shares + np.finfo(np.float32).tiny)).sum(0)
    share = np.clip(entropy / np.log(len(logits)), 0, 1)
    return np.rint(share * PROBABILITY_STEPS)[None]


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(0))
    return shares / shares.sum(0)
