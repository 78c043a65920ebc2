"""Classes that no label shows, and why, before anything is learnt without them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..rasters.raster_io import label_nodata
from .labels import IGNORE
from .transforms.loading import read_label
from .windows import WindowDataset

# Label pixels that are read in search of a class, some seconds' worth.
MAX_PIXELS = 2**28
SHOWN = 6
UNKNOWN_CAUSE = (
    'it may be rare or lie elsewhere; else check the order of classes, labels.ids or '
    'labels.colours and the windows that are chosen'
)


class Absence(NamedTuple):
    """Classes without a pixel: a sentence, whether it names what is wrong, names."""

    text: str
    explained: bool
    classes: list[str]


@dataclass
class LabelSurvey:
    """What the labels of a data set hold, read until every class was seen.

    Attributes:
        windows: Number of windows read.
        total: Number of windows that there are.
        counts: Pixels of every class number, 255 for what is ignored.
        raw_ignored: Pixels that hold 255 and have no place in the table.
        unknown: Colours that are no class, with their pixels.
        nodata: A label's nodata value: its file.
    """

    windows: int = 0
    total: int = 0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(IGNORE + 1, np.int64))
    raw_ignored: int = 0
    unknown: Counter = field(default_factory=Counter)
    nodata: dict[float, str] = field(default_factory=dict)


def survey_labels(
    dataset: WindowDataset,
    wanted: Sequence[int] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> LabelSurvey:
    """Reads labels of the listed windows, or of the grid, in random order.

    Args:
        dataset: With labels.
        wanted: Stop when all of these class numbers were seen; all classes when None.
        max_pixels: Stop after so many.
    """
    wanted = list(range(len(dataset.metainfo['classes'])) if wanted is None else wanted)
    found = LabelSurvey(total=dataset.fixed_windows())
    order = np.random.default_rng(0).permutation(found.total)
    side = dataset.index.window
    for number in order[: max(1, max_pixels // side**2)].tolist():
        _add(found, dataset, number)
        if wanted and found.counts[wanted].all():
            break
    return found


def absent_classes(
    dataset: WindowDataset, seen: Sequence[float] | np.ndarray | None = None
) -> list[Absence]:
    """A sentence on the classes without a pixel, for each of the probable causes.

    Args:
        dataset: Any; one without labels or classes has none.
        seen: How much of each class is known to be there, so that nothing is read
            where nothing is missing.
    """
    classes = dataset.metainfo['classes']
    if dataset.label_paths is None or not classes:
        return []
    missing = [i for i in range(len(classes)) if seen is None or not seen[i]]
    if not missing:
        return []
    survey = survey_labels(dataset, missing)
    causes: dict[str, list[str]] = {}
    for number in missing:
        if not survey.counts[number]:
            cause = _cause(number, dataset, survey)
            causes.setdefault(cause, []).append(classes[number])
    read = f'{survey.windows} of {survey.total} windows'
    if survey.windows == survey.total:
        read = f'all {survey.total} windows'
    return [
        Absence(
            f'No label pixel is {_listed(names)} ({read} read): {cause}.',
            cause != UNKNOWN_CAUSE,
            names,
        )
        for cause, names in causes.items()
    ]


def check_labelled(dataset: WindowDataset) -> None:
    """Refuses labels that are ignored altogether.

    Raises:
        UserError: No pixel has a class; says why.
    """
    if dataset.label_paths is None or not dataset.metainfo['classes']:
        return
    order = np.random.default_rng(0).permutation(dataset.fixed_windows())
    survey = LabelSurvey(total=len(order))
    for number in order.tolist():
        _add(survey, dataset, number)
        if survey.counts[:IGNORE].any():
            return
    # Of a mask of 0 and 255, the last class is what 255 should have been.
    numbers = reversed(range(len(dataset.metainfo['classes'])))
    causes = (_cause(number, dataset, survey) for number in numbers)
    cause = next((c for c in causes if c != UNKNOWN_CAUSE), 'check labels.ids')
    raise UserError(
        f'All labels are ignored, in all {survey.total} windows of the data set, the '
        f'first is {dataset.label_paths[0]}: {cause}.'
    )


def _add(found: LabelSurvey, dataset: WindowDataset, number: int) -> None:
    assert dataset.label_paths is not None  # who asks has looked
    scene, window = dataset.fixed_window(number)
    path, decoder = dataset.label_paths[scene], dataset.decoder
    raw, valid = read_label(path, decoder, window, dataset.label_grids[scene])
    found.windows += 1
    for value in label_nodata(path):
        if value is not None:
            found.nodata.setdefault(value, path)
    if not valid.any():
        return
    pixels = raw[valid][None]
    labels, known = decoder.look_up(pixels, path)
    found.counts += np.bincount(labels[known], minlength=IGNORE + 1)
    if decoder.by_colour:
        colours, counts = np.unique(pixels[~known], axis=0, return_counts=True)
        pairs = zip(map(tuple, colours[:, :3].tolist()), counts.tolist(), strict=True)
        found.unknown.update(dict(pairs))
    elif IGNORE not in decoder.targets:
        found.raw_ignored += int((pixels[..., 0] == IGNORE).sum())


def _cause(number: int, dataset: WindowDataset, survey: LabelSurvey) -> str:
    decoder = dataset.decoder
    if decoder.by_colour:
        colours = ', '.join(str(c) for c, _ in survey.unknown.most_common(3))
        if not colours:
            return UNKNOWN_CAUSE
        return (
            f'the labels hold colours that are no class, such as {colours}; complete '
            f'or correct labels.colours'
        )
    if number in survey.nodata and not decoder.targets:
        path = survey.nodata[number]
        return (
            f'{number} is the nodata value of {path} and of others like it, so that '
            f'its pixels are ignored; name it, labels.ids={{{number}: {number}, ...}}, '
            f'or take the mark away: gdal_edit.py -unsetnodata'
        )
    if survey.raw_ignored:
        return (
            f'{survey.raw_ignored} label pixels are 255, which is ignored unless '
            f'labels.ids or the class list gives it a class: '
            f'labels.ids={{..., 255: {number}}}'
        )
    if decoder.targets and number not in decoder.targets.values():
        return 'labels.ids maps no value to it'
    return UNKNOWN_CAUSE


def _listed(names: Sequence[str]) -> str:
    more = f' or {len(names) - SHOWN} more' if len(names) > SHOWN else ''
    return ', '.join(f'"{name}"' for name in names[:SHOWN]) + more
