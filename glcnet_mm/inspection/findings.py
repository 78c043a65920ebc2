"""What looks wrong in the facts of a data set, a sentence each."""

from collections.abc import Iterator, Sequence

import numpy as np
from mmengine.config import Config

from ..datasets.labels import IGNORE
from .facts import Facts

UNDECLARED_SHARE = 0.02
"""More pixels than this that hold one extreme in all bands are hardly measurements."""


def findings(facts: Facts, config: Config) -> list[str]:
    """All that looks wrong."""
    checks = (_validity, _values, photometry_findings, _labels, _views, _regions)
    found = [sentence for check in checks for sentence in check(facts)]
    model = config.get('model') or {}
    return [*found, *_model(facts, model), *facts.notes]


def to_model(facts: Facts, model: dict) -> np.ndarray | None:
    """Values ``(N, C)`` that reach the network, normalised as the config says.

    None where the config does not say how, or for another number of bands.
    """
    rows, scale = facts.inputs.values(), _normalisation(model)
    if scale is None or not len(rows):
        return None
    mean, std = scale
    if {mean.size, std.size} - {1, rows.shape[1]}:
        return None
    return (rows - mean) / std


def _normalisation(model: dict) -> tuple[np.ndarray, np.ndarray] | None:
    settings = model.get('data_preprocessor') or {}
    if settings.get('mean') is None or settings.get('std') is None:
        return None
    return tuple(np.atleast_1d(np.float64(settings[key])) for key in ('mean', 'std'))


def _validity(facts: Facts) -> Iterator[str]:
    share = 1 - float(np.mean(facts.valid_shares))
    if share == 1:
        yield 'No pixel is valid: the windows are all nodata or outside their rasters.'
    elif share > 0.5:
        empty = sum(share == 0 for share in facts.valid_shares)
        yield (
            f'{share:.0%} of the pixels are invalid, and {empty} of {facts.windows} '
            f'windows hold nothing else: check nodata and masks of the rasters, the '
            f'size of the window, or lower max_invalid_share.'
        )


def _values(facts: Facts) -> Iterator[str]:
    rows = facts.bands.values()
    if not len(rows):
        return
    constant = facts.bands.low == facts.bands.high
    for band in np.flatnonzero(constant):
        yield (
            f'Channel {band + 1} is {facts.bands.low[band]:g} everywhere: an empty '
            f'band or alpha? Leave it out by bands in LoadRaster.'
        )
    if constant.all():
        return
    for extreme in (facts.bands.low, facts.bands.high):
        share = float((rows == extreme).all(1).mean())
        if share > UNDECLARED_SHARE:
            value = ', '.join(f'{v:g}' for v in extreme[:4])
            more = ', ...' if len(extreme) > 4 else ''
            yield (
                f'{share:.1%} of the valid pixels hold ({value}{more}), the extreme of '
                f'every band: if that is a border or a gap, declare it as nodata '
                f'(gdal_edit.py -a_nodata VALUE FILE); else it is clipped.'
            )


def photometry_findings(facts: Facts) -> Iterator[str]:
    """What is wrong with the range that photometry takes for black and white."""
    rows = facts.bands.values()
    if facts.value_range is None or not len(rows):
        return
    low, high = facts.value_range
    told = f'({np.min(low):g}, {np.max(high):g})'
    outside = float(((rows < low) | (rows > high)).mean())
    if outside > 0.01:
        yield (
            f'{outside:.0%} of the values lie outside value_range={told}, '
            f'to which photometry clips; they go from {rows.min():g} to '
            f'{rows.max():g}: set value_range so that it spans them.'
        )
        return
    inner = np.subtract(*np.percentile(rows, (98, 2), axis=0))
    spread = np.max(inner / (high - low))
    if 0 < spread < 0.05:
        yield (
            f'The values span only {spread:.1%} of value_range={told}, so '
            f'photometry is far too strong for them: set value_range to what the data '
            f'span.'
        )


def _labels(facts: Facts) -> Iterator[str]:
    if not facts.labelled:
        return
    counts = facts.label_counts
    yield from (absence.text for absence in facts.absent)
    told = {name for absence in facts.absent for name in absence.classes}
    missing = [
        n for i, n in enumerate(facts.classes) if not counts[i] and n not in told
    ]
    if missing:
        yield (
            f'No sampled window shows {_listed(missing)}: check the order of classes, '
            f'labels.ids or labels.colours, or raise --samples.'
        )
    ignored = counts[IGNORE] / max(counts.sum(), 1)
    if ignored > 0.5:
        yield f'{ignored:.0%} of the valid pixels are ignored by their labels.'
    if facts.unknown_colours:
        total = sum(facts.unknown_colours.values())
        colours = [str(colour) for colour, _ in facts.unknown_colours.most_common(3)]
        yield (
            f'{total / max(counts.sum(), 1):.1%} of the pixels have label colours that '
            f'are no class and are ignored, most often {_listed(colours)}: complete '
            f'labels.colours if they are classes.'
        )
    wrong = {path: text for path, text in facts.misplaced.items() if text}
    if wrong:
        path, text = next(iter(wrong.items()))
        yield (
            f'{len(wrong)} of {len(facts.misplaced)} labels do not lie on their '
            f'images; {path} {text}: warp them onto the grid of the images.'
        )


def _views(facts: Facts) -> Iterator[str]:
    if facts.flat_views:
        yield (
            f'{len(facts.flat_views)} of {facts.views} views are nearly constant, the '
            f'first is {facts.flat_views[0]}: see value_range and the photometry.'
        )


def _regions(facts: Facts) -> Iterator[str]:
    if not facts.matched:
        return
    none = sum(count == 0 for count in facts.matched)
    share = sum(facts.matched) / (facts.regions * len(facts.matched))
    if none > 0.1 * len(facts.matched) or share < 0.5:
        yield (
            f'Only {share:.0%} of the regions of local matching found a place, and '
            f'{none} of {len(facts.matched)} pairs of views have none: choose a '
            f'smaller side or fewer regions in local_head, larger crops, or rasters '
            f'with more valid pixels.'
        )


def _model(facts: Facts, model: dict) -> Iterator[str]:
    rows, scale = facts.inputs.values(), _normalisation(model)
    if not len(rows):
        return
    bands = rows.shape[1]
    taken = (model.get('backbone') or {}).get('in_channels', bands)
    if taken != bands:
        yield (
            f'The model takes in_channels={taken} but {bands} bands are read: set '
            f'bands in LoadRaster or in_channels in the backbone.'
        )
    unit = to_model(facts, model)
    if unit is None:
        if scale is not None:
            yield (
                f'data_preprocessor has {scale[0].size} values of mean and '
                f'{scale[1].size} of std, but {bands} bands are read: give one per '
                f'band.'
            )
        return
    centre, spread = unit.mean(0), unit.std(0)
    odd = (abs(centre) > 3) | (spread > 10) | ((spread > 0) & (spread < 0.1))
    if odd.any():
        band = int(np.flatnonzero(odd)[0])
        yield (
            f'After normalisation channel {band + 1} has mean {centre[band]:.2g} and '
            f'standard deviation {spread[band]:.2g} instead of about 0 and 1: set mean '
            f'and std of data_preprocessor from the table below.'
        )


def _listed(names: Sequence[str]) -> str:
    return ', '.join(names[:6]) + (', ...' if len(names) > 6 else '')
