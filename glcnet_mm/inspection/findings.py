"""The one list of what looks wrong in a data set, a sentence each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from ..datasets.labels import IGNORE
from .facts import Facts
from .header_findings import header_notes, scale_notes, small_notes
from .values import range_findings, value_findings

WEIGHTS = ('stops', 'spoils', 'look')


class Finding(NamedTuple):
    """A sentence on what looks wrong.

    Attributes:
        text: The sentence.
        weight: Whether it stops a training, spoils it, or is worth a look.
    """

    text: str
    weight: Literal['stops', 'spoils', 'look'] = 'look'


def findings(facts: Facts, model: Mapping | None = None) -> list[Finding]:
    """All that looks wrong.

    Args:
        facts: Of the data set.
        model: Settings of the model, where there is one.
    """
    values = value_findings(facts.dataset.sources, facts.bands, facts.values)
    found = [*map(Finding, values), *beside_values(facts, model)]
    return sorted(found, key=lambda finding: WEIGHTS.index(finding.weight))


def beside_values(facts: Facts, model: Mapping | None = None) -> list[Finding]:
    """All but odd values of single bands and rasters."""
    span, dataset = facts.samples.value_range, facts.dataset
    spoilt = [*(a.text for a in facts.absent if a.explained), *_published(facts)]
    texts = [
        *(a.text for a in facts.absent if not a.explained),
        *_validity(facts),
        *(range_findings(facts.values, span) if span else ()),
        *_labels(facts),
        *_views(facts),
        *_regions(facts),
        *_model(facts, model or {}),
        *header_notes(dataset.sources, dataset.choice),
        *scale_notes(dataset.sources, facts.metres, dataset.gsd),
        *small_notes(dataset.index.infos, dataset.index.window),
    ]
    return [
        *(Finding(text, 'stops') for text in facts.faults.values()),
        *(Finding(text, 'spoils') for text in spoilt),
        *map(Finding, texts),
    ]


def to_model(facts: Facts, model: Mapping) -> np.ndarray | None:
    """Values ``(N, C)`` that reach the network, normalised as the config says.

    None where the config does not say how, or for another number of bands.
    """
    scale = _normalisation(model)
    if scale is None or facts.samples.inputs is None:
        return None
    rows, (mean, std) = facts.samples.inputs.rows(), scale
    if not len(rows) or {mean.size, std.size} - {1, rows.shape[1]}:
        return None
    return (rows - mean) / std


def _normalisation(model: Mapping) -> tuple[np.ndarray, np.ndarray] | None:
    settings = model.get('data_preprocessor') or {}
    mean, std = settings.get('mean'), settings.get('std')
    if mean is None or std is None:
        return None
    return np.atleast_1d(np.float64(mean)), np.atleast_1d(np.float64(std))


def _published(facts: Facts) -> Iterator[str]:
    origin = getattr(facts.dataset, 'origin', None)
    if origin is None or origin.size is None:
        return
    infos = facts.dataset.index.infos
    other = [i for i in infos if (i.width, i.height) != tuple(origin.size)]
    if other:
        yield (
            f'{other[0].path} has {other[0].width}x{other[0].height} pixels, but the '
            f'images of {origin.title} have {origin.size[0]}x{origin.size[1]}; it is '
            f'another product or was resampled; so are {len(other)} of {len(infos)}.'
        )


def _validity(facts: Facts) -> Iterator[str]:
    share = 1 - facts.valid_share
    if facts.valid and share > 0.5:
        empty = facts.valid_shares.count(0)
        yield (
            f'{share:.0%} of the pixels are invalid, and {empty} of '
            f'{len(facts.windows)} windows hold nothing else: check nodata and '
            f'masks of the rasters (a band that is mostly nodata makes the others '
            f'invalid too), or lower max_invalid_share.'
        )


def _labels(facts: Facts) -> Iterator[str]:
    counts = facts.classes
    total = max(counts.sum(), 1)
    if counts[:IGNORE].any() and counts[IGNORE] / total > 0.5:
        yield (
            f'{counts[IGNORE] / total:.0%} of the valid pixels are ignored by their '
            f'labels.'
        )
    if facts.unlabelled and facts.dataset.listed is not None:
        scene, window = facts.unlabelled[0]
        yield (
            f'{len(facts.unlabelled)} of {len(facts.windows)} listed windows that were '
            f'looked at have no label, such as column {window.col}, row {window.row} '
            f'of {facts.dataset.sources[scene].path}: paint them, or take them from '
            f'the list.'
        )
    if facts.strangers and facts.dataset.decoder.by_colour:
        pixels = sorted((-n, colour) for colour, (n, _) in facts.strangers.items())
        share = -sum(n for n, _ in pixels) / total
        colours = [str(colour) for _, colour in pixels[:3]]
        yield (
            f'{share:.1%} of the pixels have label colours that are no class and are '
            f'ignored, most often {_listed(colours)}: complete labels.colours if they '
            f'are classes.'
        )
    wrong = {path: text for path, text in facts.misplaced.items() if text}
    if wrong:
        path, text = next(iter(wrong.items()))
        yield (
            f'{len(wrong)} of {len(facts.misplaced)} labels do not lie on their '
            f'images; {path} {text}: warp them onto the grid of the images.'
        )


def _views(facts: Facts) -> Iterator[str]:
    flat = facts.samples.flat_views
    if flat:
        yield (
            f'{len(flat)} of {facts.samples.views} views are nearly constant, the '
            f'first is {flat[0]}: see value_range and the photometry.'
        )


def _regions(facts: Facts) -> Iterator[str]:
    matched = facts.samples.matched
    if not matched:
        return
    none = matched.count(0)
    share = sum(matched) / (facts.samples.regions * len(matched))
    if none > 0.1 * len(matched) or share < 0.5:
        yield (
            f'Only {share:.0%} of the regions of local matching found a place, and '
            f'{none} of {len(matched)} pairs of views have none: choose a '
            f'smaller side or fewer regions in local_head, larger crops, or rasters '
            f'with more valid pixels.'
        )


def _model(facts: Facts, model: Mapping) -> Iterator[str]:
    inputs, scale = facts.samples.inputs, _normalisation(model)
    if inputs is None or not len(inputs.rows()):
        return
    bands = len(inputs.low)
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
            f'and std of data_preprocessor from the statistics of the bands. If they '
            f'are, these rasters are unlike those that the statistics are of.'
        )


def _listed(names: Sequence[str]) -> str:
    return ', '.join(names[:6]) + (', ...' if len(names) > 6 else '')
