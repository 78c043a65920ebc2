"""Two more images of a view (Li, Chen, Shi, JSTARS 2021): distorted, transformed."""

from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ...errors import UserError
from ..sample_keys import Sample, View
from .geometry import compose, warp
from .photometry import apply_photometry
from .views import warp_mask

# What the six transforms multiply x and y by, in the order of their class numbers.
FACTORS = np.array(
    [
        [[-1, 0], [0, 1]],
        [[1, 0], [0, -1]],
        [[1, 0], [0, 1]],
        [[0, 1], [-1, 0]],
        [[-1, 0], [0, -1]],
        [[0, -1], [1, 0]],
    ]
)
NAMES = (
    'flip horizontal',
    'flip vertical',
    'turn 0',
    'turn 90',
    'turn 180',
    'turn 270',
)


def transform_matrix(number: int, size: tuple[int, int]) -> np.ndarray:
    """Matrix ``(3, 3)`` of transform ``number`` on pixels of a view of ``size``.

    Args:
        number: See ``NAMES``; turns are counter-clockwise, as one sees the image.
        size: Width and height.
    """
    matrix = np.eye(3)
    matrix[:2, :2] = factors = FACTORS[number]
    last = np.array(size) - 1
    # What a factor of -1 makes negative is moved back inside.
    matrix[:2, 2] = ((factors < 0) * last).sum(1)
    return matrix


@TRANSFORMS.register_module()
class DistortBlock(BaseTransform):
    """Adds a copy of the first view with a square block distorted, not erased.

    The block takes other colours and is flipped along either axis or turned by 90, 180
    or 270 degrees. Adds ``targets['block']``, ``(S, S)`` bool.

    Args:
        share: Range of the block's side as a share of the shorter side.
        photometry: Operations on the block.
    """

    def __init__(
        self,
        photometry: Sequence[dict],
        share: tuple[float, float] = (0.2, 1 / 3),
    ) -> None:
        self.share = share
        self.photometry = [TRANSFORMS.build(dict(part)) for part in photometry]

    def transform(self, results: Sample) -> Sample:
        """Distorts; see the class."""
        rng, view = results['rng'], results['views'][0]
        height, width = view['valid'].shape
        side = int(min(height, width) * rng.uniform(*self.share))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        inside = slice(top, top + side), slice(left, left + side)
        block = apply_photometry(
            self.photometry, view['img'][inside], results['value_range'], rng
        )
        # A quarter each for the flips, half for the turns together.
        turn = int(rng.integers(3, 6))
        number = (0, 1, turn, turn)[int(rng.integers(4))]
        matrix = transform_matrix(number, (side, side))
        image, valid = view['img'].copy(), view['valid'].copy()
        image[inside] = warp(block, matrix, (side, side), nearest=True, border=None)
        valid[inside] = warp_mask(view['valid'][inside], matrix, (side, side))
        mask = np.zeros((height, width), bool)
        mask[inside] = True
        homography = view['homography']
        results['views'].append(View(img=image, valid=valid, homography=homography))
        results.setdefault('targets', {})['block'] = torch.from_numpy(mask)
        return results


@TRANSFORMS.register_module()
class TransformView(BaseTransform):
    """Adds the first view flipped or turned by one of six transforms, then changed.

    Adds ``targets['transform']``, the number of the transform; see ``NAMES``.

    Args:
        geometry: What follows the transform, e.g. ``CropResize``.
        photometry: Operations on the transformed view.
    """

    def __init__(self, geometry: Sequence[dict], photometry: Sequence[dict]) -> None:
        self.geometry, self.photometry = (
            [TRANSFORMS.build(dict(part)) for part in parts]
            for parts in (geometry, photometry)
        )

    def transform(self, results: Sample) -> Sample:
        """Transforms; see the class."""
        rng, view = results['rng'], results['views'][0]
        height, width = view['valid'].shape
        number = int(rng.integers(len(NAMES)))
        matrix = transform_matrix(number, (width, height))
        size = (height, width) if number in (3, 5) else (width, height)
        matrix, size = compose(self.geometry, size, rng, matrix)
        if size != (width, height):
            raise UserError(
                f'The view has {width}x{height} px but the transformed one '
                f'{size[0]}x{size[1]}: give CropResize of TransformView the size of '
                f'the view, and read windows at least that large.'
            )
        image = warp(view['img'], matrix, size, nearest=False, border=None)
        image = apply_photometry(self.photometry, image, results['value_range'], rng)
        results['views'].append(
            View(
                img=image,
                valid=warp_mask(view['valid'], matrix, size),
                homography=matrix @ view['homography'],
            )
        )
        results.setdefault('targets', {})['transform'] = torch.tensor(number)
        return results
