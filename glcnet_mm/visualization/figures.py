"""Pictures of matched views and of predictions."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Polygon


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
            if boxes is not None and keep is not None:
                for region in np.flatnonzero(keep[col]):
                    corners = box_corners(boxes[row][col, region])
                    draw_outline(axis, corners, f'C{region}', str(region + 1))
        axes[row, 0].set_title(f'view {row + 1}', loc='left')
    return figure


def box_corners(box: Sequence[float]) -> np.ndarray:
    """Corners ``(4, 2)`` of a half-open box on axes where pixel centres are whole.

    See ``models.view_geometry``.
    """
    x1, y1, x2, y2 = np.asarray(box, np.float64) - 0.5
    return np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]])


def draw_outline(
    axis: Axes, corners: np.ndarray, colour: str, text: str = '', width: float = 2
) -> None:
    """Draws a polygon ``(K, 2)`` in pixels with a text at its uppermost corner."""
    axis.add_patch(Polygon(corners, fill=False, linewidth=width, edgecolor=colour))
    if text:
        x, y = min(corners.tolist(), key=lambda corner: (corner[1], corner[0]))
        axis.text(
            x,
            y,
            text,
            fontsize=7,
            color='white',
            verticalalignment='top',
            bbox=dict(facecolor=colour, edgecolor='none', pad=1),
            clip_on=True,
        )


def stretch_limits(
    image: np.ndarray, valid: np.ndarray | None = None, least: np.ndarray | float = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Values ``(C,)`` of every band that 2 % of the valid pixels lie below and above.

    Args:
        image: ``(H, W, C)`` of any range.
        valid: ``(H, W)`` bool; all pixels when None.
        least: Least difference of the two, so that noise is not blown up.
    """
    pixels = image.reshape(-1, image.shape[-1])
    pixels = pixels if valid is None else pixels[valid.ravel()]
    if not len(pixels):
        pixels = np.zeros((1, image.shape[-1]))
    low, high = np.percentile(pixels.astype(np.float64), (2, 98), axis=0)
    missing = np.maximum(least - (high - low), 0) / 2
    return low - missing, high + missing


def stretch(
    image: np.ndarray,
    valid: np.ndarray | None = None,
    limits: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """``(H, W, C)`` of any range to 0 to 1, cutting 2 % of either end per band.

    Args:
        image: Pixels.
        valid: ``(H, W)`` bool, the pixels whose values count; all when None.
        limits: Of ``stretch_limits`` of another image; its own when None.
    """
    low, high = stretch_limits(image, valid) if limits is None else limits
    return ((image - low) / np.maximum(high - low, 1e-6)).clip(0, 1)


def colour_lookup(palette: Sequence[Sequence[int]]) -> np.ndarray:
    """Colours ``(256, 3)`` in 0 to 1 by class number; white where there is no class."""
    table = np.ones((256, 3))
    table[: len(palette)] = np.array(palette).reshape(-1, 3) / 255
    return table


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110, format='png')
    return buffer.getvalue()


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
    table = colour_lookup(list(colours.values()))
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
