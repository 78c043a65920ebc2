"""The figures of a study: scores over label fractions, and maps of test windows."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ..errors import UserError
from ..rasters.default_colours import default_palette
from ..reading import read_arrays
from ..visualization.figures import colour_lookup, stretch
from .data import build_dataset
from .definition import Study
from .draws import LABELLED, panel_numbers
from .plan import Cell, plan_cells
from .result_file import read_run
from .results import MARK, NOTE, Result, arms, mean_and_std, scores_of, unconverged

CURVES = ('Kappa', 'mF1')


def curve_figure(study: Study, results: Sequence[Result]) -> Figure:
    """Means over the runs with standard deviations, against the label fraction.

    Hollow where a run had not converged.
    """
    figure = Figure(figsize=(5.5 * len(CURVES), 4.2), layout='constrained')
    axes = figure.subplots(1, len(CURVES), squeeze=False)[0]
    hollow = _hollow(study, results)
    figure.suptitle(_curve_title(study, hollow), fontsize=9)
    shown = arms(study, results)
    count = len(shown)
    colours = [f'C{number % 10}' for number in range(count)]
    for axis, score in zip(axes, CURVES, strict=True):
        for number, (name, method, _) in enumerate(shown):
            points, open_points = [], []
            for fraction in study.fractions:
                values = list(scores_of(results, name, fraction, score).values())
                if values:
                    # A small shift keeps the error bars of methods apart.
                    shift = 1.015 ** (number - (count - 1) / 2)
                    points.append((100 * fraction * shift, *mean_and_std(values)))
                    if (name, fraction) in hollow:
                        open_points.append(points[-1][:2])
            if points:
                x, mean, spread = np.array(points).T
                style = '--' if method == study.baseline else '-'
                axis.errorbar(
                    x,
                    mean,
                    np.nan_to_num(spread),
                    label=name,
                    linestyle=style,
                    color=colours[number],
                    marker='o' if number < 10 else 's',
                    markersize=3,
                    capsize=2,
                    linewidth=1,
                )
            for x, mean in open_points:
                axis.plot(x, mean, 'o', color=colours[number], mfc='white', zorder=3)
        axis.set_xscale('log')
        axis.set_xticks([100 * f for f in study.fractions])
        axis.set_xticklabels([f'{100 * f:g}' for f in study.fractions])
        axis.minorticks_off()
        # Of one share alone, too, the points stand in the middle.
        axis.set_xlim(100 * min(study.fractions) / 1.3, 130 * max(study.fractions))
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


def _read_panels(path: Path, numbers: Sequence[int]) -> np.ndarray | None:
    """Predictions ``(K, H, W)``; None of a time when other windows were shown."""
    mend = f'remove {path.parent} to have that run made again'
    stored, predictions = read_arrays(path, ('numbers', 'predictions'), mend)
    if stored.tolist() != list(numbers):
        return None
    shape = predictions.shape
    if predictions.dtype != np.uint8 or len(shape) != 3 or shape[0] != len(numbers):
        raise UserError(f'{path} is damaged (its maps have shape {shape}); {mend}.')
    return predictions


def panel_figure(study: Study) -> Figure | None:
    """Test windows: image, truth and each method at the smallest fraction.

    Images of more than three bands get a second picture, of the last, such as SAR.
    Shows the first seed; None when no method is done there.
    """
    shown, numbers = {}, panel_numbers(study)
    for cell in _first_cells(study):
        folder, name = study.folder.run(cell.name), _panel_name(study, cell)
        if folder.result.exists() and folder.panels.exists():
            predictions = _read_panels(folder.panels, numbers)
            if predictions is not None:
                shown[name] = predictions
    if not shown:
        return None
    test = build_dataset(study.data.test, LABELLED)
    names = test.metainfo['classes']
    palette = test.metainfo['palette'] or default_palette(names)
    table = colour_lookup(palette)
    samples = [test[number] for number in numbers if number < len(test)]
    if len(samples) < len(numbers):
        raise UserError(
            f'{study.folder.panels} names window {numbers[-1]} of {len(test)}; '
            f'remove it to have the windows chosen again.'
        )
    count = samples[0]['img'].shape[2]
    images = {'image': [min(band, count - 1) for band in range(3)]}
    if count > 3:
        images[f'band {count}'] = [count - 1] * 3
    columns = [*images, 'truth', *shown]
    figure = Figure(
        figsize=(1.7 * len(columns), 1.8 * len(numbers) + 0.5), layout='constrained'
    )
    fraction, seed = study.draws()[0]
    title = f'{set_name(study)}, test windows; {100 * fraction:g} % of the labels'
    note = MARK.strip() + NOTE[3:] if any(n.endswith(MARK) for n in shown) else ''
    figure.suptitle(f'{title}, seed {seed}{"; " * bool(note)}{note}', fontsize=9)
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
    class_legend(figure, names, table)
    return figure


def class_legend(figure: Figure, names: Sequence[str], colours: np.ndarray) -> None:
    """Names the classes' colours below, in as many columns as the figure is wide for.

    Args:
        figure: With a constrained layout.
        names: Of the classes.
        colours: ``(K, 3)`` or more of them.
    """
    # A patch and its gaps take half an inch, a letter of this size some 0.07.
    entry_inches = 0.5 + 0.07 * max(map(len, names))
    figure.legend(
        handles=[
            Patch(facecolor=colour, edgecolor='0.6', linewidth=0.5, label=name)
            for name, colour in zip(names, colours, strict=False)
        ],
        loc='outside lower center',
        ncols=max(1, min(len(names), int(figure.get_figwidth() / entry_inches))),
        fontsize=8,
    )


def _first_cells(study: Study) -> list[Cell]:
    """The fine-tuning of every method on the first draw, of its first pre-training."""
    first: dict[str, Cell] = {}
    for cell in plan_cells(study).values():
        if (cell.fraction, cell.seed) == study.draws()[0] and not cell.choice:
            first.setdefault(cell.method.name, cell)
    return list(first.values())


def set_name(study: Study) -> str:
    """What the test set is called: its folder, else the study's file."""
    return Path(study.data.test.get('data_root') or Path(study.path).stem).name


def set_and_draws(study: Study) -> str:
    """The test set, and the shares of the labels with their seeds."""
    seeds = dict.fromkeys(study.seeds)
    parts = []
    for these in seeds:
        shares = [
            f'{100 * fraction:g} %'
            for fraction, seeds_of in zip(study.fractions, study.seeds, strict=True)
            if seeds_of == these
        ]
        parts.append(f'{", ".join(shares)}: seeds {", ".join(map(str, these))}')
    return f'{set_name(study)}; {"; ".join(parts)}'


def _curve_title(study: Study, hollow: Collection) -> str:
    return set_and_draws(study) + '; hollow: a run had not converged' * bool(hollow)


def _hollow(study: Study, results: Sequence[Result]) -> set[tuple[str, float]]:
    names = [arm.name for arm in arms(study, results)]
    pairs = ((name, f) for name in names for f in study.fractions)
    return {pair for pair in pairs if unconverged(results, *pair)}


def _panel_name(study: Study, cell: Cell) -> str:
    """A method's name over its column, with its pre-training if it has several."""
    name = cell.method.name
    if len(study.seeds_of(cell.method) or ()) > 1 and cell.needs:
        name += f'\npre-training {cell.pretraining_seed}'
    path = study.folder.run(cell.name).result
    done = path.exists() and read_run(path).converged is False
    return name + MARK * done
