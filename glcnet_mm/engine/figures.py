"""Pictures of matched views and of predictions."""

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle


def draw_pairs(
    views: list[np.ndarray], boxes: list[np.ndarray] | None, keep: np.ndarray | None
) -> Figure:
    """Draws views of K samples below each other, matched regions in one colour.

    Args:
        views: One or two ``(K, S, S, 3)`` arrays in 0 to 1.
        boxes: Two ``(K, R, 4)`` arrays, or None.
        keep: ``(K, R)`` bool, which regions are used.
    """
    count = len(views[0])
    figure = Figure(figsize=(2.2 * count, 4.6), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(views), count, squeeze=False)
    for row in range(len(views)):
        for col in range(count):
            axis = axes[row, col]
            axis.imshow(views[row][col])
            axis.set_axis_off()
            if boxes is not None:
                for region in np.flatnonzero(keep[col]):
                    x1, y1, x2, y2 = boxes[row][col, region]
                    axis.add_patch(
                        Rectangle(
                            (x1 - 0.5, y1 - 0.5),
                            x2 - x1,
                            y2 - y1,
                            fill=False,
                            linewidth=2,
                            edgecolor=f'C{region}',
                        )
                    )
        axes[row, 0].set_title(f'view {row + 1}', loc='left')
    return figure


def stretch(image: np.ndarray) -> np.ndarray:
    """``(H, W, C)`` of any range to 0 to 1, cutting 2 % of either end per band."""
    low, high = np.percentile(image, (2, 98), axis=(0, 1))
    return ((image - low) / np.maximum(high - low, 1e-6)).clip(0, 1)


def draw_prediction(
    figure: Figure,
    image: np.ndarray,
    truth: np.ndarray | None,
    prediction: np.ndarray,
    colours: dict[str, Sequence[int]],
) -> None:
    """Draws image, truth and prediction side by side with a legend.

    Args:
        figure: To draw on.
        image: ``(H, W, 3)`` of any range.
        truth: Class numbers ``(H, W)``; white where they are no class.
        prediction: Class numbers ``(H, W)``.
        colours: Class name to RGB, in the order of the class numbers.
    """
    table = np.ones((256, 3))
    table[: len(colours)] = np.array(list(colours.values())) / 255
    panels = dict(image=stretch(image))
    if truth is not None:
        panels['truth'] = table[truth]
    panels['prediction'] = table[prediction]
    axes = figure.subplots(1, len(panels))
    for axis, (title, picture) in zip(axes, panels.items(), strict=True):
        axis.imshow(picture, interpolation='nearest')
        axis.set_title(title)
        axis.set_axis_off()
    handles = [Patch(color=table[i], label=name) for i, name in enumerate(colours)]
    figure.legend(handles=handles, loc='outside lower center', ncols=len(colours))
