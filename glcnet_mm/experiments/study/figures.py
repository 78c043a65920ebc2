"""The figures of a study: scores over label fractions, and maps of test windows."""

from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...engine.figures import colour_lookup, stretch
from ...inference.legend import default_palette
from .data import build_dataset
from .definition import Study
from .plan import Cell, plan_cells, result_path
from .results import Result, mean_and_std, scores_of
from .splits import LABELLED, panel_numbers


def curve_figure(
    study: Study, results: Sequence[Result], scores: Sequence[str] = ('Kappa', 'mF1')
) -> Figure:
    """Means over the seeds with standard deviations, against the label fraction."""
    figure = Figure(figsize=(5.5 * len(scores), 4.2), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(scores), squeeze=False)[0]
    count = len(study.methods)
    colours = [f'C{number % 10}' for number in range(count)]
    for axis, score in zip(axes, scores, strict=True):
        for number, method in enumerate(study.methods):
            points = []
            for fraction in study.fractions:
                values = list(scores_of(results, method, fraction, score).values())
                if values:
                    # A small shift keeps the error bars of methods apart.
                    shift = 1.015 ** (number - count / 2)
                    points.append((100 * fraction * shift, *mean_and_std(values)))
            if points:
                x, mean, spread = np.array(points).T
                style = '--' if method == study.baseline else '-'
                axis.errorbar(
                    x,
                    mean,
                    np.nan_to_num(spread),
                    label=method,
                    linestyle=style,
                    color=colours[number],
                    marker='o' if number < 10 else 's',
                    markersize=3,
                    capsize=2,
                    linewidth=1,
                )
        axis.set_xscale('log')
        axis.set_xticks([100 * f for f in study.fractions])
        axis.set_xticklabels([f'{100 * f:g}' for f in study.fractions])
        axis.minorticks_off()
        axis.set_xlabel('labelled windows used, per cent')
        axis.set_ylabel(f'{score}, per cent')
        axis.grid(alpha=0.3)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc='outside lower center',
        ncols=min(count, 4),
        fontsize=8,
    )
    return figure


def panel_figure(study: Study) -> Figure | None:
    """Test windows: image, truth and each method at the smallest fraction.

    Images of more than three bands get a second picture, of the last, such as SAR.
    Shows the first seed; None when no method is done there.
    """
    shown, numbers = {}, panel_numbers(study)
    for cell in _first_cells(study):
        folder, name = result_path(study, cell).parent, cell.method.name
        if (folder / 'result.json').exists() and (folder / 'panels.npz').exists():
            with np.load(folder / 'panels.npz') as content:
                # A run may be of a time when other windows were shown.
                if content['numbers'].tolist() == numbers:
                    shown[name] = content['predictions']
    if not shown:
        return None
    test = build_dataset(study.data.test, LABELLED)
    names = test.metainfo['classes']
    palette = test.metainfo['palette'] or default_palette(len(names))
    table = colour_lookup(palette)
    samples = [test[number] for number in numbers]
    count = samples[0]['img'].shape[2]
    images = {'image': [min(band, count - 1) for band in range(3)]}
    if count > 3:
        images[f'band {count}'] = [count - 1] * 3
    columns = [*images, 'truth', *shown]
    figure = Figure(
        figsize=(1.7 * len(columns), 1.8 * len(numbers) + 0.5), layout='constrained'
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(numbers), len(columns), squeeze=False)
    for row, sample in enumerate(samples):
        pictures = [
            stretch(sample['img'][..., bands], sample['valid'])
            for bands in images.values()
        ]
        pictures.append(table[sample['gt_seg_map']])
        pictures += [table[predictions[row]] for predictions in shown.values()]
        for axis, title, picture in zip(axes[row], columns, pictures, strict=True):
            axis.imshow(picture, interpolation='nearest')
            axis.set_axis_off()
            if row == 0:
                axis.set_title(title, fontsize=8)
    handles = [Patch(color=table[i], label=name) for i, name in enumerate(names)]
    figure.legend(handles=handles, loc='outside lower center', ncols=min(len(names), 8))
    return figure


def _first_cells(study: Study) -> list[Cell]:
    """The fine-tuning of every method on the first draw, of its first pre-training."""
    first: dict[str, Cell] = {}
    for cell in plan_cells(study).values():
        if (cell.fraction, cell.seed) == study.draws()[0]:
            first.setdefault(cell.method.name, cell)
    return list(first.values())
