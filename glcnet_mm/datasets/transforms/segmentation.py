"""Augmentation of an image together with its label."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ..labels import IGNORE
from ..sample_keys import Sample
from .geometry import compose, warp
from .photometry import apply_photometry
from .value_range import Given, ValueRange
from .views import warp_mask


@TRANSFORMS.register_module()
class AugmentWindow(BaseTransform):
    """One warp of image, label and validity, then photometry of the image.

    Class numbers are taken from the nearest pixel, and what a warp brings in from
    outside is ignored; the authors' code mixes class numbers there.

    Args:
        geometry: Configs of parts of ``geometry``.
        photometry: Configs of operations of ``photometry``.
        value_range: Values of the raster that count as black and white; see
            ``ValueRange``.
    """

    def __init__(
        self,
        geometry: Sequence[dict] = (),
        photometry: Sequence[dict] = (),
        value_range: Given = (0, 255),
    ) -> None:
        self.geometry = [TRANSFORMS.build(dict(part)) for part in geometry]
        self.photometry = [TRANSFORMS.build(dict(part)) for part in photometry]
        self.value_range = ValueRange(value_range)

    def transform(self, results: Sample) -> Sample:
        """Changes ``img``, ``valid`` and ``gt_seg_map``; see the class."""
        rng, (height, width) = results['rng'], results['img'].shape[:2]
        matrix, size = compose(self.geometry, (width, height), rng, np.eye(3))
        image = warp(results['img'], matrix, size, nearest=False, border=0)
        path = results.get('raster_path', 'The image')
        limits = self.value_range.of_bands(image.shape[2], path)
        results['img'] = apply_photometry(self.photometry, image, limits, rng, path)
        results['valid'] = warp_mask(results['valid'], matrix, size)
        if 'gt_seg_map' in results:
            results['gt_seg_map'] = warp(
                results['gt_seg_map'], matrix, size, nearest=True, border=IGNORE
            )
        results['img_shape'] = results['ori_shape'] = size[::-1]
        return results


@TRANSFORMS.register_module()
class FlipWindow(BaseTransform):
    """Flips the image and its validity, but not the label, for test-time augmentation.

    mmseg's segmentors undo the flip in their predictions.

    Args:
        direction: ``horizontal``, ``vertical`` or None for no flip.
    """

    AXES = dict(horizontal=1, vertical=0)

    def __init__(self, direction: str | None = None) -> None:
        self.direction = direction

    def transform(self, results: Sample) -> Sample:
        """Flips; see the class."""
        if self.direction is not None:
            for key in ('img', 'valid'):
                results[key] = np.flip(results[key], self.AXES[self.direction])
            results['flip'], results['flip_direction'] = True, self.direction
        return results
