"""How far the centres of matched regions lie apart on the ground.

    python benchmarks/centre_error.py

Draws pairs of views as the paper's and the small recipe do, matches regions and follows
the centre of every region of view 1, by the pixels that it covers, into view 2. "Half
a pixel beside" is the rule that took a region's first pixel right of the centre for the
centre. Writes benchmarks/results/centre_error.json.
"""

from pathlib import Path

import numpy as np
import torch
from common import write_result
from mmengine.config import Config
from mmengine.registry import TRANSFORMS, DefaultScope
from torch import Tensor

from glcnet_mm.datasets.transforms.geometry import compose
from glcnet_mm.models.matching.region_matching import match_regions

ROOT = Path(__file__).parents[1]
PAIRS = 1000
RECIPES = {
    # base of the views, window, side of a region
    'views of 224 px, side 48': ('glcnet', 256, 48),
    'views of 96 px, side 20': ('glcnet_96px', 128, 20),
}


def draw_pairs(base: str, window: int) -> tuple[Tensor, int]:
    """Homographies ``(PAIRS, 2, 3, 3)`` of a recipe, and the side of its views."""
    config = Config.fromfile(ROOT / f'configs/_base_/views/{base}.py')
    views = [
        [TRANSFORMS.build(dict(part)) for part in view.geometry]
        for view in (config.view1, config.view2)
    ]
    rng = np.random.default_rng(0)
    pairs = np.empty((PAIRS, 2, 3, 3))
    for pair in pairs:
        for number, parts in enumerate(views):
            pair[number], size = compose(parts, (window, window), rng, np.eye(3))
    return torch.from_numpy(pairs), size[0]


def box_centres(boxes: Tensor) -> Tensor:
    """``(..., 2)``, the mean of the pixels of half-open boxes."""
    return (boxes[..., :2] + boxes[..., 2:] - 1) / 2


def errors(homographies: Tensor, boxes1: Tensor, boxes2: Tensor) -> tuple:
    """Distances ``(PAIRS, R)`` of centres, in pixels of view 2 and of the window."""
    ones = torch.ones(*boxes1.shape[:2], 1)
    ground = [
        torch.cat([box_centres(boxes), ones], -1).double() @ matrix.inverse().mT
        for boxes, matrix in zip((boxes1, boxes2), homographies.unbind(1), strict=True)
    ]
    apart = (ground[0] - ground[1]) @ homographies[:, 1].mT
    return apart.norm(dim=-1), (ground[0] - ground[1]).norm(dim=-1)


def beside(homographies: Tensor, boxes1: Tensor, side: int) -> Tensor:
    """Boxes of view 2 by the rule that was half a pixel beside."""
    half = side // 2
    matrix = homographies[:, 1] @ homographies[:, 0].inverse()
    pixels = (boxes1[..., :2] + half).double()
    moved = pixels @ matrix[:, :2, :2].mT + matrix[:, None, :2, 2]
    corner = moved.round().long() - half
    return torch.cat([corner, corner + 2 * half], -1)


def main() -> None:
    """Measures and writes."""
    DefaultScope.get_instance('centre_error', scope_name='mmseg')
    result = dict(pairs=PAIRS, regions_per_pair=4)
    for name, (base, window, side) in RECIPES.items():
        homographies, size = draw_pairs(base, window)
        valid = torch.ones(PAIRS, 2, size, size, dtype=torch.bool)
        matched = match_regions(homographies, valid, torch.arange(PAIRS), 4, side)
        rules = dict(
            half_a_pixel_beside=beside(homographies, matched.boxes1, side),
            now=matched.boxes2,
        )
        result[name] = {}
        for rule, boxes2 in rules.items():
            view, window_px = errors(homographies, matched.boxes1, boxes2)
            result[name][rule] = dict(
                mean_px_of_view_2=round(view[matched.keep].mean().item(), 3),
                mean_px_of_window=round(window_px[matched.keep].mean().item(), 3),
                largest_px_of_view_2=round(view[matched.keep].max().item(), 3),
            )
    write_result('centre_error', result)


if __name__ == '__main__':
    main()
