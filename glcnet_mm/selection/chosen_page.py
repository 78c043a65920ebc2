"""The chosen windows to look at: thumbnails and the map of clusters."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ..datasets.windows import WindowDataset
from ..inspection.bands import choose_renderings, render
from ..visualization.figures import png, stretch_limits
from ..visualization.page import page
from ..wording import counted
from .clusters import row_blocks
from .features import Place, read_place

COLUMNS, PER_FIGURE = 6, 36
CLUSTERS = 'Clusters in the plane of greatest spread; circles are chosen'
THUMBNAILS = (
    'Rank: scene; column, row; windows that it stands for. One stretch for each scene.'
)
# Points of the map of clusters, at most.
POINTS = 5000


def chosen_page(
    dataset: WindowDataset,
    places: Sequence[Place],
    captions: Sequence[str],
    plane: np.ndarray,
    clusters: np.ndarray,
    chosen: np.ndarray,
    facts: Sequence[str],
) -> str:
    """HTML of the choice.

    Args:
        dataset: Of the windows.
        places: Those chosen.
        captions: One for each.
        plane: ``(N, 2)``, of ``as_plane``, of all windows.
        clusters: ``(N,)``.
        chosen: Numbers of those chosen.
        facts: How they were chosen, a sentence each.
    """
    figures = {}
    for start in range(0, len(places), PER_FIGURE):
        some = slice(start, start + PER_FIGURE)
        figure = _thumbnails(dataset, places[some], captions[some])
        figures[f'From window {start + 1}. {THUMBNAILS}'] = png(figure)
    figures[CLUSTERS] = png(_cluster_map(plane, clusters, chosen))
    title = f'{counted(len(places), "window")} to label'
    return page('windows', title, facts=facts, figures=figures)


def as_plane(features: np.ndarray) -> np.ndarray:
    """``(N, 2)``: the two directions in which vectors ``(N, D)`` differ most."""
    mean = features.mean(0, dtype=np.float64)
    spread = np.zeros((len(mean), len(mean)))
    for rows in row_blocks(len(features)):
        block = features[rows] - mean
        spread += block.T @ block
    axes = np.linalg.eigh(spread)[1][:, : -min(2, len(mean)) - 1 : -1]
    blocks = [(features[rows] - mean) @ axes for rows in row_blocks(len(features))]
    return np.concatenate(blocks)


def _cluster_map(plane: np.ndarray, clusters: np.ndarray, chosen: np.ndarray) -> Figure:
    figure = Figure(figsize=(8, 6), layout='constrained')
    axis = figure.subplots()
    shown = np.flatnonzero(clusters >= 0)
    if len(shown) > POINTS:
        shown = np.random.default_rng(0).choice(shown, POINTS, replace=False)
    x, y = plane.T
    axis.scatter(x[shown], y[shown], c=clusters[shown] % 20, cmap='tab20', s=8)
    axis.scatter(x[chosen], y[chosen], facecolors='none', edgecolors='black', s=60)
    for rank, number in enumerate(chosen, 1):
        axis.annotate(
            str(rank),
            plane[number],
            xytext=(5, 4),
            textcoords='offset points',
            fontsize=8,
            weight='bold',
            path_effects=[withStroke(linewidth=2, foreground='white')],
        )
    axis.set_axis_off()
    return figure


def _thumbnails(
    dataset: WindowDataset, places: Sequence[Place], captions: Sequence[str]
) -> Figure:
    columns = min(len(places), COLUMNS)
    rows = -(-len(places) // columns)
    figure = Figure(figsize=(2 * columns, 2.3 * rows), layout='constrained')
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    read = [read_place(dataset, place) for place in places]
    low, high = stretch_limits(*map(np.concatenate, zip(*read, strict=True)))
    bands = list(range(1, len(low) + 1))
    channels = choose_renderings(bands, None)[0].channels
    limits = {}
    for scene in {scene for scene, _ in places}:
        shown = [one for one, (s, _) in zip(read, places, strict=True) if s == scene]
        # A plain scene, as of water, must not look as rich as any other.
        pixels, valid = map(np.concatenate, zip(*shown, strict=True))
        limits[scene] = stretch_limits(pixels, valid, least=(high - low) / 4)
    for axis, (pixels, valid), (scene, _), caption in zip(
        axes, read, places, captions, strict=False
    ):
        axis.imshow(render(pixels, valid, channels, limits[scene]))
        axis.set_title(caption, fontsize=7)
    return figure
