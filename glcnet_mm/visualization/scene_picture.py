"""Image, truth, prediction and errors of a whole scene on one picture."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..datasets.labels import IGNORE
from ..rasters.raster_io import Window
from .figures import colour_lookup, stretch

# A larger scene is thinned out, so that its size does not matter to the memory.
MAX_SIDE_PX = 1000
# A smaller one is enlarged, so that it can be seen.
MIN_SIDE_PX = 256
GAP_PX, HEAD_PX, LEGEND_LINE_PX, DPI = 12, 54, 22, 100
# No hue, for any may be that of a class.
RIGHT, WRONG, WHITE = (0.8, 0.8, 0.8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
EDGE = 0.7
LEGEND_COLUMN_PX = 170
NEITHER = 'no label or no data'


class SceneCanvas:
    """Collects the windows of a scene, every ``step``-th pixel of every such line.

    Args:
        width: Of the scene in pixels.
        height: Of the scene in pixels.

    Attributes:
        step: Pixels of the scene that one pixel of the canvas stands for, per side.
        labelled: Pixels with label and data, all of them and not those shown only.
        wrong: Those of them whose prediction is another class.
    """

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.step = math.ceil(max(width, height) / MAX_SIDE_PX)
        self.shape = (-(-height // self.step), -(-width // self.step))
        self.image: np.ndarray | None = None
        self.truth = np.full(self.shape, IGNORE, np.uint8)
        self.prediction = np.full(self.shape, IGNORE, np.uint8)
        self.labelled = self.wrong = 0
        self.has_truth = False

    def add(
        self,
        window: Window,
        image: np.ndarray,
        truth: np.ndarray | None,
        prediction: np.ndarray,
    ) -> None:
        """Adds a window; what reaches over the border of the scene is left out.

        Args:
            window: Place in the scene.
            image: ``(H, W, 3)`` of any range.
            truth: Class numbers ``(H, W)``, 255 for none; None without labels.
            prediction: Class numbers ``(H, W)``, 255 without data.
        """
        width = min(window.width, self.size[0] - window.col)
        height = min(window.height, self.size[1] - window.row)
        inside = (slice(height), slice(width))
        if truth is not None:
            self._count(truth[inside], prediction[inside])
        # The pixels of the window that lie on the thinned-out grid of the scene.
        row, col = -window.row % self.step, -window.col % self.step
        picked = (slice(row, height, self.step), slice(col, width, self.step))
        if prediction[picked].size == 0:
            return
        top, left = (window.row + row) // self.step, (window.col + col) // self.step
        rows, cols = prediction[picked].shape
        place = (slice(top, top + rows), slice(left, left + cols))
        if self.image is None:
            self.image = np.zeros((*self.shape, 3), image.dtype)
        self.image[place] = image[picked]
        self.prediction[place] = prediction[picked]
        if truth is not None:
            self.truth[place] = truth[picked]

    def _count(self, truth: np.ndarray, prediction: np.ndarray) -> None:
        self.has_truth = True
        known = scored(truth, prediction)
        self.labelled += int(known.sum())
        self.wrong += int((known & (truth != prediction)).sum())

    def panels(self, palette: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
        """Title to ``(h, w, 3)`` in 0 to 1."""
        table, seen = colour_lookup(palette), self.prediction != IGNORE
        image = np.zeros((*self.shape, 3)) if self.image is None else self.image
        shown = stretch(image, seen)
        shown[~seen] = WHITE
        panels = dict(image=shown)
        if self.has_truth:
            panels['truth'] = table[self.truth]
        panels['prediction'] = table[self.prediction]
        if self.has_truth:
            errors = np.full((*self.shape, 3), WHITE)
            known = scored(self.truth, self.prediction)
            errors[known] = RIGHT
            errors[known & (self.truth != self.prediction)] = WRONG
            panels['errors'] = errors
        return panels

    def describe(self, name: str) -> str:
        """Name, size, scale and score of the scene."""
        width, height = self.size
        parts = [name, f'{width} x {height} px']
        if self.step > 1:
            parts.append(f'shown at 1:{self.step}')
        if self.labelled:
            share = self.wrong / self.labelled
            parts.append(f'{self.wrong} of {self.labelled} labelled pixels are wrong')
            parts[-1] += f' ({share:.1%})'
        return ', '.join(parts)


def scored(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Where there are label and data, as the metric counts."""
    return (truth != IGNORE) & (prediction != IGNORE)


def draw_scene(
    canvas: SceneCanvas, name: str, colours: dict[str, Sequence[int]]
) -> Figure:
    """The picture, every pixel of the canvas a whole number of pixels.

    Args:
        canvas: With all windows of the scene.
        name: Of the scene.
        colours: Class name to RGB, in the order of the class numbers.
    """
    panels = canvas.panels(list(colours.values()))
    zoom = max(1, MIN_SIDE_PX // max(canvas.shape))
    height, width = (zoom * side for side in canvas.shape)
    entries = {key: np.divide(colour, 255) for key, colour in colours.items()}
    if canvas.has_truth:
        entries |= dict(right=RIGHT, wrong=WRONG)
    parts = [canvas.prediction, *[canvas.truth] * canvas.has_truth]
    if any(IGNORE in part for part in parts):
        entries[NEITHER] = WHITE
    full = len(panels) * (width + GAP_PX) + GAP_PX
    columns = max(1, min(len(entries), full // LEGEND_COLUMN_PX))
    legend = LEGEND_LINE_PX * -(-len(entries) // columns) + GAP_PX
    tall = legend + height + HEAD_PX
    figure = Figure(figsize=(full / DPI, tall / DPI), dpi=DPI)
    for number, (title, panel) in enumerate(panels.items()):
        left = GAP_PX + number * (width + GAP_PX)
        # A line of one pixel around it, for it may be white to its border.
        framed = np.pad(
            panel.repeat(zoom, 0).repeat(zoom, 1),
            ((1, 1), (1, 1), (0, 0)),
            constant_values=EDGE,
        )
        figure.figimage(framed, left - 1, legend - 1)
        at = (left / full, (legend + height + 4) / tall)
        figure.text(*at, title, fontsize=9, verticalalignment='bottom')
    figure.text(
        GAP_PX / full,
        1 - 6 / tall,
        canvas.describe(name),
        fontsize=10,
        verticalalignment='top',
        wrap=True,
    )
    handles = [
        Patch(facecolor=to_hex(tuple(colour)), edgecolor='0.5', label=key)
        for key, colour in entries.items()
    ]
    figure.legend(
        handles=handles, loc='lower left', ncols=columns, fontsize=9, frameon=False
    )
    return figure
