"""Figures of samples, of values and classes, and of where windows lie."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..datasets.labels import IGNORE
from ..datasets.transforms.value_range import Limit
from ..rasters.raster_io import Window
from ..rasters.validity import Bands
from ..visualization.figures import (
    box_corners,
    colour_lookup,
    draw_outline,
    stretch_limits,
)
from .bands import IGNORED, INVALID, Rendering, hatched, overlay, render
from .panels import Panel
from .thumbnails import POINTS, thumbnail

Palette = Sequence[Sequence[int]]
MAX_HISTOGRAMS = 24
TITLE_CHARACTERS = 48
HOLE = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches."""
    return Figure(figsize=(width, height), layout='constrained')


def sample_figure(
    panels: Sequence[Panel],
    renderings: Sequence[Rendering],
    classes: Sequence[str],
    palette: Palette,
) -> Figure:
    """All panels of a sample beside each other, a row per rendering."""
    labelled = any(panel.labels is not None for panel in panels)
    rows, columns = len(renderings), len(panels)
    figure = new_figure(2.9 * columns, 3.0 * rows + 0.3 + 0.25 * labelled)
    axes = figure.subplots(rows, columns, squeeze=False)
    for row, rendering in enumerate(renderings):
        for axis, panel in zip(axes[row], panels, strict=True):
            _draw_panel(axis, panel, rendering, colour_lookup(palette))
    handles = _invalid_handles(panels)
    if labelled:
        handles = [*class_handles(classes, palette), *handles]
    if handles:
        figure.legend(
            handles=handles,
            loc='outside lower center',
            ncols=min(len(handles), max(2, int(2.9 * columns / 1.3))),
            fontsize=8,
        )
    return figure


def _draw_panel(
    axis: Axes, panel: Panel, rendering: Rendering, colours: np.ndarray
) -> None:
    shown = render(panel.image, panel.valid, rendering.channels, panel.limits)
    if panel.labels is not None:
        shown = overlay(shown, panel.labels, panel.valid, colours)
    if panel.holes is not None:
        shown = hatched(shown, panel.holes, HOLE)
    axis.imshow(shown)
    height, width = panel.valid.shape
    name = f'{panel.title}, {rendering.name}, {width} x {height} px'
    axis.set_title(name, fontsize=9)
    axis.set_xlim(-0.5, width - 0.5)
    axis.set_ylim(height - 0.5, -0.5)
    axis.set_axis_off()
    for outline in panel.outlines:
        draw_outline(axis, outline.corners, outline.colour, outline.text, outline.width)


def _invalid_handles(panels: Sequence[Panel]) -> list[Patch]:
    handles = []
    labelled = [panel for panel in panels if panel.labels is not None]
    if any(((p.labels == IGNORE) & p.valid).any() for p in labelled):
        handles.append(_hatch_handle(IGNORED, 'ignored'))
    if not all(panel.valid.all() for panel in panels):
        handles.append(_hatch_handle(INVALID, 'invalid'))
    return handles


def _hatch_handle(colours: tuple, name: str) -> Patch:
    return Patch(facecolor=colours[0], edgecolor=colours[1], hatch='////', label=name)


def class_handles(classes: Sequence[str], palette: Palette) -> list[Patch]:
    """One entry of a legend per class."""
    return [
        Patch(facecolor=to_hex(rgb), edgecolor='black', linewidth=0.4, label=name)
        for name, rgb in zip(classes, np.array(palette) / 255, strict=True)
    ]


def value_figure(
    values: np.ndarray, names: Sequence[str], value_range: tuple[Limit, Limit] | None
) -> Figure:
    """Histograms of the valid values ``(N, C)`` of the first bands.

    Dashed lines are the value range of the photometry, where it is near.
    """
    count = min(len(names), MAX_HISTOGRAMS)
    columns = min(count, 4)
    rows = -(-count // columns)
    figure = new_figure(3.2 * columns, 1.9 * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    for band, axis in enumerate(axes[:count]):
        low, high = np.percentile(values[:, band], (0.2, 99.8))
        margin = 0.15 * (high - low) or 0.5
        limits = low - margin, high + margin
        axis.hist(values[:, band], bins=60, range=limits, color='0.45')
        axis.set_xlim(limits)
        for edge in value_range or ():
            axis.axvline(
                np.broadcast_to(edge, len(names))[band],
                color='C3',
                linestyle='--',
                linewidth=1,
            )
        axis.set_title(names[band], fontsize=9)
        axis.set_yticks([])
        axis.tick_params(labelsize=8)
    return figure


def class_figure(
    shares: Sequence[float], classes: Sequence[str], palette: Palette
) -> Figure:
    """Share of every class; those that no window shows are marked."""
    figure = new_figure(7, 0.6 + 0.3 * len(classes))
    axis = figure.subplots()
    axis.barh(
        range(len(classes)),
        [100 * share for share in shares],
        color=np.array(palette).reshape(-1, 3) / 255,
        edgecolor='black',
        linewidth=0.4,
    )
    axis.set_yticks(range(len(classes)), classes)
    axis.invert_yaxis()
    axis.set_xlabel('per cent of the labelled pixels')
    axis.margins(x=0.15)
    for number, share in enumerate(shares):
        text = f' {share:.1%}' if share >= 0.001 else ' below 0.1%'
        colour = 'black' if share else 'C3'
        text = text if share else ' absent'
        axis.text(100 * share, number, text, va='center', color=colour)
    return figure


def short_path(path: str, most: int = TITLE_CHARACTERS) -> str:
    """The name with as many whole folders before it as fit into a title."""
    if len(path) <= most:
        return path
    shown, *folders = reversed(Path(path).parts)
    for folder in folders:
        if len(f'…/{folder}/{shown}') > most:
            break
        shown = f'{folder}/{shown}'
    return f'…/{shown}' if len(shown) + 2 <= most else f'…{shown[1 - most :]}'


def place_figure(
    rasters: dict[str, list[tuple[Window, str]]],
    sizes: dict[str, tuple[int, int]],
    bands: Bands,
) -> Figure:
    """Small pictures of rasters with the windows in them.

    Args:
        rasters: Path to windows, each with its number or an empty text.
        sizes: Path to width and height in pixels.
        bands: One or three bands of the raster, counted from one.
    """
    columns = min(len(rasters), 3)
    rows = -(-len(rasters) // columns)
    # As high as the tallest needs; a strip of a satellite gets no more than its width.
    tallest = max(min(sizes[path][1] / sizes[path][0], 1.2) for path in rasters)
    figure = new_figure(4.4 * columns, (4.4 * tallest + 0.5) * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, (path, windows) in zip(axes, rasters.items(), strict=False):
        width, height = sizes[path]
        image, valid = thumbnail(path, bands)
        shown = render(
            image, valid, range(image.shape[2]), stretch_limits(image, valid)
        )
        axis.imshow(shown, extent=(-0.5, width - 0.5, height - 0.5, -0.5))
        # Those without a number first, so that they cover none.
        for window, text in sorted(windows, key=lambda item: item[1]):
            box = (
                window.col,
                window.row,
                window.col + window.width,
                window.row + window.height,
            )
            colour, line = ('C1', 2.0) if text else ('yellow', 0.8)
            draw_outline(axis, box_corners(box), colour, text, line)
        title = short_path(path)
        coarse = max(image.shape[:2]) <= POINTS < max(width, height)
        note = ', coarse, for it has no overviews' if coarse else ''
        axis.set_title(f'{title}\n{width} x {height} px{note}', fontsize=8)
    return figure
