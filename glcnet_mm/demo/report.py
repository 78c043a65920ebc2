"""The demonstration's report: loss curves, matched regions, maps, scores."""

import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Patch

from ..evaluation.scores import HEADLINE
from ..files import whole_file
from ..reading import damaged, read_json, read_text
from ..visualization.figures import stretch
from .textures import CLASSES


class Run(NamedTuple):
    """One fine-tuning: its map, its scores and its folder."""

    map_path: Path
    scores: dict
    folder: Path


def score_rows(summary: dict[str, dict]) -> list[str]:
    """The table of scores in percent, one line per start."""
    rows = [f'{"start":<10}' + ''.join(f'{name:>8}' for name in HEADLINE)]
    for start, scores in summary.items():
        rows.append(f'{start:<10}' + ''.join(f'{scores[n]:8.2f}' for n in HEADLINE))
    return rows


def draw_report(
    path: Path, pretraining: Path, scene: Path, truth: Path, runs: dict[str, Run]
) -> None:
    """Draws the report; ``path`` appears complete or not at all."""
    figure = Figure(figsize=(15, 11), layout='constrained')
    rows = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.15, 1))
    top, bottom = rows[:, 0]
    curves, views = top.subplots(1, 2)
    _draw_losses(curves, pretraining)
    views.imshow(imread(sorted(pretraining.rglob('views_*.png'))[-1]))
    views.set_title('Two views of some windows and their matched regions')
    views.set_axis_off()
    panels = {'scene': _scene(scene), 'truth': _classes(truth)}
    for start, run in runs.items():
        kappa = run.scores['overall']['Kappa']
        panels[f'{start}: Kappa {kappa:.1f}'] = _classes(run.map_path)
    axes = bottom.subplots(1, len(panels))
    for axis, (title, image) in zip(axes, panels.items(), strict=True):
        axis.imshow(image, interpolation='nearest')
        axis.set_title(title)
        axis.set_axis_off()
    bottom.legend(
        handles=[
            Patch(color=tuple(np.array(colour) / 255), label=name)
            for name, (_, colour) in CLASSES.items()
        ],
        loc='outside lower center',
        ncols=len(CLASSES),
    )
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=90, format='png')


def read_overall(path: Path) -> dict[str, float]:
    """The ``HEADLINE`` that a test wrote, in percent; NaN for an undefined one.

    Raises:
        UserError: The file is damaged.
    """

    def take(content: dict) -> dict[str, float]:
        values = {name: content['overall'][name] for name in HEADLINE}
        return {n: math.nan if v is None else float(v) for n, v in values.items()}

    return read_json(path, 'remove it to have the test made again', take)


def _draw_losses(axis: Axes, pretraining: Path) -> None:
    """Both losses of the last log of a run, as its JSON lines tell them."""
    log = sorted(pretraining.glob('*/vis_data/scalars.json'))[-1]
    try:
        lines = [json.loads(line) for line in read_text(log).splitlines()]
    except json.JSONDecodeError as error:
        raise damaged(log, error, 'remove its folder and train again') from error
    lines = [line for line in lines if 'loss_global' in line]
    steps = [line['step'] for line in lines]
    for key, label in (('loss_global', 'global style'), ('loss_local', 'local')):
        axis.plot(steps, [line[key] for line in lines], label=f'{label} (weighted)')
    axis.set_xlabel('iteration')
    axis.set_ylabel('loss')
    axis.set_title('Pre-training')
    axis.legend()


def _scene(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        image = source.read([1, 2, 3]).transpose(1, 2, 0)
    valid = image.any(-1)
    shown = stretch(image, valid)
    shown[~valid] = 1
    return shown


def _classes(path: Path) -> np.ndarray:
    """Colours of a class raster; white where it has no data."""
    colours = np.ones((256, 3))
    for number, (_, colour) in enumerate(CLASSES.values()):
        colours[number] = np.array(colour) / 255
    with rasterio.open(path) as source:
        return colours[source.read(1)]
