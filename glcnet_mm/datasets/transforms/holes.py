"""Holes for a network to fill (context encoders, Pathak et al., CVPR 2016)."""

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from ...errors import UserError
from ..sample_keys import Sample


@TRANSFORMS.register_module()
class MakeHoles(BaseTransform):
    """Draws square holes in the only view, anew for every sample.

    Adds ``targets['holes']``, ``(S, S)`` bool. The image stays whole: the network needs
    it to compare with.

    Args:
        count: Number of holes; they may overlap.
        side: Side of a hole in pixels.
    """

    def __init__(self, count: int = 16, side: int = 16) -> None:
        self.count, self.side = count, side

    def transform(self, results: Sample) -> Sample:
        """Draws; see the class."""
        (view,) = results['views']
        height, width = view['valid'].shape
        if self.side > min(height, width):
            raise UserError(
                f'Holes of {self.side} px do not fit into a view of {width}x{height} '
                f'px; make them smaller.'
            )
        holes = np.zeros((height, width), bool)
        limits = [[height - self.side + 1], [width - self.side + 1]]
        corners = results['rng'].integers(0, limits, (2, self.count))
        for top, left in corners.T:
            holes[top : top + self.side, left : left + self.side] = True
        results['targets'] = dict(holes=torch.from_numpy(holes))
        return results
