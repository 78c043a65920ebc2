"""What is drawn of one sample: panels of pixels with outlines, before any drawing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..datasets.transforms import JigsawCells, MakeHoles
from ..models.matching.region_matching import MatchedRegions
from ..visualization.figures import box_corners, stretch_limits
from .samples import Trace

Limits = tuple[np.ndarray, np.ndarray]


@dataclass
class Outline:
    """A polygon ``(K, 2)`` in pixels of its panel."""

    corners: np.ndarray
    colour: str
    text: str = ''
    width: float = 2


@dataclass
class Panel:
    """One picture of a sample, of all bands."""

    title: str
    image: np.ndarray
    valid: np.ndarray
    limits: Limits
    labels: np.ndarray | None = None
    holes: np.ndarray | None = None
    outlines: list[Outline] = field(default_factory=list)


def sample_panels(
    trace: Trace, regions: MatchedRegions | None, least: np.ndarray | float = 0
) -> list[Panel]:
    """The panels of a sample.

    Args:
        trace: Of the sample.
        regions: Of its two views.
        least: See ``stretch_limits``.
    """
    if trace.views:
        return _view_panels(trace, regions, least)
    return _window_panels(trace, least)


def moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points ``(K, 2)`` through an affine matrix ``(3, 3)``."""
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def frame(width: int, height: int) -> np.ndarray:
    """Corners ``(4, 2)`` of a whole picture."""
    return box_corners((0, 0, width, height))


def _window_panels(trace: Trace, least: np.ndarray | float) -> list[Panel]:
    plain, last = trace.first('gt_seg_map') or trace.plain, trace.stages[-1].sample
    limits = stretch_limits(plain['img'], plain['valid'], least)
    panels = _with_label('window', plain, limits)
    if last is not plain:
        same_units = last['img'].dtype == plain['img'].dtype
        own = limits if same_units else stretch_limits(last['img'], last['valid'])
        panels += _with_label('augmented', last, own)
    return panels


def _with_label(title: str, sample: dict, limits: Limits) -> list[Panel]:
    panels = [Panel(title, sample['img'], sample['valid'], limits)]
    if 'gt_seg_map' in sample:
        labels = sample['gt_seg_map']
        name = 'label' if title == 'window' else f'{title} label'
        panels.append(
            Panel(name, sample['img'], sample['valid'], limits, labels=labels)
        )
    return panels


def _view_panels(
    trace: Trace, regions: MatchedRegions | None, least: np.ndarray | float
) -> list[Panel]:
    plain = trace.plain
    limits = stretch_limits(plain['img'], plain['valid'], least)
    panels = [Panel('window', plain['img'], plain['valid'], limits)]
    view_limits = limits
    if 'other' in plain:
        other = plain['other']
        view_limits = stretch_limits(other['img'], other['valid'], least)
        panels.append(Panel('other date', other['img'], other['valid'], view_limits))
        height, width = plain['img'].shape[:2]
        corners = moved(other['matrix'], frame(width, height))
        panels[1].outlines.append(Outline(corners, 'white', width=1))
    for number, view in enumerate(trace.views):
        colour, name = f'C{number}', f'view {number + 1}'
        height, width = view['valid'].shape
        back = np.linalg.inv(view['homography'])
        footprint = moved(back, frame(width, height))
        panels[0].outlines.append(Outline(footprint, colour, name))
        limits = limits if number == 0 else view_limits
        panels.append(Panel(name, view['img'], view['valid'], limits))
        if regions is not None and number < 2:
            drawn = region_outlines(regions, number)
            panels[-1].outlines += drawn
            panels[0].outlines += [
                Outline(moved(back, o.corners), o.colour, width=0.8) for o in drawn
            ]
    return [*panels, *_pretext_panels(trace, panels[-1])]


def region_outlines(regions: MatchedRegions, view: int) -> list[Outline]:
    """Boxes of the first sample of a batch; equal numbers show the same place."""
    boxes = (regions.boxes1, regions.boxes2)[view][0].tolist()
    used = np.flatnonzero(regions.keep[0].numpy())
    return [
        Outline(box_corners(boxes[number]), f'C{2 + number % 8}', str(number + 1))
        for number in used
    ]


def _pretext_panels(trace: Trace, view: Panel) -> list[Panel]:
    holes, cells = trace.after(MakeHoles), trace.after(JigsawCells)
    panels = []
    if holes is not None:
        mask = holes.sample['targets']['holes'].numpy()
        panels.append(Panel('holes', view.image, view.valid, view.limits, holes=mask))
    if cells is not None:
        before = trace.views[0]['homography']
        order = cells.step.orders[int(cells.sample['targets']['order'])]
        panels.append(_jigsaw_panel(cells.sample['views'], order))
        view.outlines += cell_outlines(cells.sample['views'], before, order)
    return panels


def cell_outlines(
    cells: Sequence[dict], view: np.ndarray, order: Sequence[int]
) -> list[Outline]:
    """Where shuffled cells were cut from their view, by their matrices.

    Args:
        cells: The cells in their new order.
        view: Matrix of the view they were cut from.
        order: Number of every cell's place in the view, row by row from 0.
    """
    outlines = []
    for cell, place in zip(cells, order, strict=True):
        height, width = cell['valid'].shape
        back = view @ np.linalg.inv(cell['homography'])
        corners = moved(back, frame(width, height))
        outlines.append(Outline(corners, 'C1', str(place + 1), 1))
    return outlines


def _jigsaw_panel(cells: Sequence[dict], order: Sequence[int]) -> Panel:
    """The cells as the network gets them, with the numbers of their true places."""
    side, (height, width) = round(len(cells) ** 0.5), cells[0]['valid'].shape
    image = _mosaic([cell['img'] for cell in cells], side)
    valid = _mosaic([cell['valid'] for cell in cells], side)
    outlines = []
    for number, place in enumerate(order):
        y, x = number // side * height, number % side * width
        corners = box_corners((x, y, x + width, y + height))
        outlines.append(Outline(corners, 'C1', str(place + 1), 1))
    limits = stretch_limits(image, valid)
    return Panel('shuffled cells', image, valid, limits, outlines=outlines)


def _mosaic(tiles: Sequence[np.ndarray], side: int) -> np.ndarray:
    rows = [tiles[i : i + side] for i in range(0, len(tiles), side)]
    return np.concatenate([np.concatenate(row, 1) for row in rows], 0)
