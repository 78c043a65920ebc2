"""Strong views of an unlabelled window, for consistency training."""

from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ..sample_keys import Sample
from .packing import as_tensor
from .photometry import apply_photometry
from .value_range import Given, ValueRange

# Least and largest share of the window in a rectangle, and how likely there is one.
MIX_SHARE = (0.02, 0.4)
MIX_P = 0.5


@TRANSFORMS.register_module()
class StrongViews(BaseTransform):
    """Adds ``strong`` ``(V, C, H, W)``, each with photometry of its own.

    Also adds ``mix_boxes`` ``(V, 4)``, the rectangles ``(x1, y1, x2, y2)`` that CutMix
    fills from another window. The window itself stays as the weak view.

    Args:
        photometry: Configs of operations of ``photometry``.
        value_range: See ``ValueRange``.
        views: V.
    """

    def __init__(
        self,
        photometry: Sequence[dict],
        value_range: Given = (0, 255),
        views: int = 2,
    ) -> None:
        self.photometry = [TRANSFORMS.build(dict(part)) for part in photometry]
        self.value_range = ValueRange(value_range)
        self.views = views

    def transform(self, results: Sample) -> Sample:
        """Adds; see the class."""
        rng, image = results['rng'], results['img']
        path = results.get('raster_path', 'The image')
        limits = self.value_range.of_bands(image.shape[2], path)
        views = [
            apply_photometry(self.photometry, image, limits, rng, path)
            for _ in range(self.views)
        ]
        boxes = [self._box(rng, *image.shape[:2]) for _ in views]
        results['strong'] = torch.stack([as_tensor(view) for view in views])
        results['mix_boxes'] = torch.tensor(boxes)
        return results

    def _box(
        self, rng: np.random.Generator, height: int, width: int
    ) -> tuple[int, int, int, int]:
        if rng.random() >= MIX_P:
            return 0, 0, 0, 0
        area = rng.uniform(*MIX_SHARE) * height * width
        # Sides between the root of the area and the window's, as likely upright.
        aspect = np.exp(rng.uniform(-1, 1) * np.log(1 / 0.3))
        w = int(min(width, max(1, round(np.sqrt(area * aspect)))))
        h = int(min(height, max(1, round(area / w))))
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
        return x, y, x + w, y + h
