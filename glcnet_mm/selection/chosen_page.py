"""The chosen windows to look at: thumbnails and the map of clusters."""

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..datasets.windows import WindowDataset
from ..inspection.bands import choose_renderings, render
from ..rasters.resample import read_on
from ..visualization.figures import png
from ..visualization.page import page
from ..wording import counted
from .features import Place

COLUMNS, PER_FIGURE = 6, 36
# Points of the map of clusters, at most.
POINTS = 5000


def chosen_page(
    dataset: WindowDataset,
    places: Sequence[Place],
    captions: Sequence[str],
    plane: np.ndarray,
    clusters: np.ndarray,
    chosen: np.ndarray,
) -> str:
    """HTML of the choice.

    Args:
        dataset: Of the windows.
        places: Those chosen.
        captions: One for each.
        plane: ``(N, 2)``, of ``as_plane``, of all windows.
        clusters: ``(N,)``.
        chosen: Numbers of those chosen.
    """
    figures = {'clusters': png(_cluster_map(plane, clusters, chosen))}
    for start in range(0, len(places), PER_FIGURE):
        some = slice(start, start + PER_FIGURE)
        figure = _thumbnails(dataset, places[some], captions[some])
        figures[f'windows from {start + 1}'] = png(figure)
    title = f'{counted(len(places), "window")} to label'
    return page('windows', title, figures=figures)


def as_plane(features: np.ndarray) -> np.ndarray:
    """``(N, 2)``: the two directions in which vectors ``(N, D)`` differ most."""
    some = features - features.mean(0)
    _, vectors = np.linalg.eigh(some.T.astype(np.float64) @ some)
    return some @ vectors[:, : -min(2, some.shape[1]) - 1 : -1]


def _cluster_map(plane: np.ndarray, clusters: np.ndarray, chosen: np.ndarray) -> Figure:
    figure = Figure(figsize=(8, 6), layout='constrained')
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    shown = np.flatnonzero(clusters >= 0)
    if len(shown) > POINTS:
        shown = np.random.default_rng(0).choice(shown, POINTS, replace=False)
    x, y = plane.T
    axis.scatter(x[shown], y[shown], c=clusters[shown] % 20, cmap='tab20', s=8)
    axis.scatter(x[chosen], y[chosen], facecolors='none', edgecolors='black', s=60)
    for rank, number in enumerate(chosen, 1):
        axis.annotate(str(rank), plane[number], fontsize=7)
    axis.set_title('Clusters in the plane of greatest spread; circles are chosen')
    axis.set_axis_off()
    return figure


def _thumbnails(
    dataset: WindowDataset, places: Sequence[Place], captions: Sequence[str]
) -> Figure:
    rows = -(-len(places) // COLUMNS)
    figure = Figure(figsize=(2 * COLUMNS, 2.3 * rows), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, (scene, window), caption in zip(axes, places, captions, strict=False):
        path = dataset.index.infos[scene].path
        pixels, valid = read_on(dataset.grids[scene], path, window, dataset.choice)
        read = list(range(1, pixels.shape[2] + 1))
        channels = choose_renderings(read, None)[0].channels
        axis.imshow(render(pixels, valid, channels))
        axis.set_title(caption, fontsize=7)
    return figure
