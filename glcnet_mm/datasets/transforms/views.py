"""Several views of one window, each a single warp and its photometry."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ..sample_keys import OtherDate, Sample, View
from .geometry import CropPixels, compose, warp
from .photometry import apply_photometry
from .value_range import Given, ValueRange


@TRANSFORMS.register_module()
class MakeViews(BaseTransform):
    """Adds ``views``: dicts of ``img``, ``valid`` and ``homography``.

    A homography maps pixels of the window to pixels of the view, so two views of one
    window can be matched without an index image. Every view but the first is taken from
    ``other``, another date of the same ground, where the data set has named one; its
    homography still starts from the window. Also adds ``value_range``.

    Args:
        views: One dict per view: ``geometry`` and ``photometry``, lists of configs.
        value_range: Values of the raster that count as black and white; see
            ``ValueRange``.
        crop: Side of the random crop that all views share; the window when None.
    """

    def __init__(
        self,
        views: Sequence[dict],
        value_range: Given = (0, 255),
        crop: int | None = None,
    ) -> None:
        self.views = [
            {
                key: [TRANSFORMS.build(dict(part)) for part in view.get(key, ())]
                for key in ('geometry', 'photometry')
            }
            for view in views
        ]
        self.value_range = ValueRange(value_range)
        self.shared = [] if crop is None else [CropPixels(crop)]

    def transform(self, results: Sample) -> Sample:
        """Draws the views; see the class."""
        rng, (height, width) = results['rng'], results['img'].shape[:2]
        results['value_range'] = self.value_range.of_bands(
            results['img'].shape[2], results['raster_path']
        )
        start, size = compose(self.shared, (width, height), rng, np.eye(3))
        results['views'] = [
            self._view(results, view, start, size, number > 0)
            for number, view in enumerate(self.views)
        ]
        return results

    def _view(
        self,
        results: Sample,
        view: dict,
        start: np.ndarray,
        size: tuple[int, int],
        from_other: bool,
    ) -> View:
        rng = results['rng']
        matrix, size = compose(view['geometry'], size, rng, start)
        source, to_view = source_of_view(results, matrix, from_other)
        image = warp(source['img'], to_view, size, nearest=False, border=None)
        path = results.get('raster_path', 'The image')
        limits = self.value_range.of_bands(image.shape[2], path)
        image = apply_photometry(view['photometry'], image, limits, rng, path)
        valid = warp_mask(source['valid'], to_view, size)
        return View(img=image, valid=valid, homography=matrix)


def source_of_view(
    sample: Sample, homography: np.ndarray, from_other: bool
) -> tuple[Sample | OtherDate, np.ndarray]:
    """What a view is warped from, the window or its other date, and the matrix for it.

    Args:
        sample: The window.
        homography: From the window to the view.
        from_other: Take the other date if there is one.
    """
    if not from_other or 'other' not in sample:
        return sample, homography
    other = sample['other']
    return other, homography @ np.linalg.inv(other['matrix'])


def warp_mask(
    mask: np.ndarray, matrix: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Warps ``(H, W)`` bool; False outside."""
    if mask.all() and _covers(mask.shape, matrix, size):
        return np.ones(size[::-1], bool)
    return warp(mask.astype(np.uint8), matrix, size, nearest=True, border=0) > 0


def _covers(shape: tuple[int, int], matrix: np.ndarray, size: tuple[int, int]) -> bool:
    """Whether every pixel of the view comes from inside the window."""
    w, h = size
    back = cv2.invertAffineTransform(matrix[:2]).tolist()
    # An affine warp takes its least and largest values at the corners.
    for (a, b, c), length in zip(back, shape[::-1], strict=True):
        ends = sorted((0.0, a * (w - 1))), sorted((0.0, b * (h - 1)))
        low, high = (c + sum(pair) for pair in zip(*ends, strict=True))
        if low < -0.5 or high > length - 0.5:
            return False
    return True
