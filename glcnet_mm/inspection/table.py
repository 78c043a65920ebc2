"""The facts of a data set as the rows of a table, for log, text and page."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ..datasets.labels import IGNORE
from ..wording import counted
from .facts import Facts

SHOWN = 10


def rows_of(facts: Facts) -> dict[str, str]:
    """Name and text of every row."""
    dataset, infos = facts.dataset, facts.dataset.index.infos
    sizes = Counter(f'{info.width}x{info.height}' for info in infos).most_common()
    more = f' and {counted(len(sizes) - 1, "other size")}' if len(sizes) > 1 else ''
    rows = {
        'rasters': f'{len(infos)} of {sizes[0][0]} px{more}',
        'windows': f'{dataset.fixed_windows()} of {dataset.index.window} px, '
        f'{len(facts.windows)} read',
        'bands': _bands(facts),
        'valid pixels': f'{facts.valid_share:.1%}',
        'validity': facts.validity,
        'pixel on the ground': ground_distance(facts.metres, dataset.gsd),
    }
    if hasattr(dataset, 'dated_share'):
        rows['with another date'] = f'{dataset.dated_share():.1%} of the windows'
    if facts.checksums is not None:
        count = len(facts.files)
        rows['checksums'] = f'verified in {facts.checksums} of {count} files'
        rows['checksums'] += ', the others carry none' * (facts.checksums < count)
    return rows | (_label_rows(facts) if dataset.label_paths is not None else {})


def _bands(facts: Facts) -> str:
    infos, read = facts.dataset.index.infos, len(facts.bands)
    count = infos[0].bands
    types = ', '.join(sorted({info.dtype for info in infos}))
    return f'{read} of {types}' + (f', chosen from {count}' if read < count else '')


def _label_rows(facts: Facts) -> dict[str, str]:
    rows = {f'label {name}': f'{share:.1%}' for name, share in facts.shares.items()}
    ignored = facts.classes[IGNORE] / max(facts.classes.sum(), 1)
    rows['ignored'] = f'{ignored:.1%} of the valid pixels'
    strangers = sorted(facts.strangers.items(), key=lambda item: -item[1][0])
    for value, (pixels, path) in strangers[:SHOWN]:
        share = pixels / max(facts.valid, 1)
        name = value if len(value) > 1 else value[0]
        rows[f'NOT A CLASS {name}'] = f'{share:.2%} of the pixels, first in {path}'
    if len(strangers) > SHOWN:
        rows['NOT A CLASS'] = f'{len(strangers) - SHOWN} more values'
    return rows


def ground_distance(metres: np.ndarray, gsd: float | None) -> str:
    """What a pixel covers on the ground, in words.

    Args:
        metres: Of every raster, nan where it is unknown.
        gsd: What they are resampled to; None where they are not.
    """
    unknown = int(np.isnan(metres).sum())
    if unknown == len(metres):
        return 'unknown, for no raster has a CRS and pixel_size is not set'
    least, most = (f'{m:.3g}' for m in (np.nanmin(metres), np.nanmax(metres)))
    text = f'{least} m' if least == most else f'{least} to {most} m'
    if unknown:
        text += f', unknown for {counted(unknown, "raster")}'
    return text if gsd is None else f'{text}, resampled to {gsd:g} m'


def text_of(rows: Mapping[str, str]) -> list[str]:
    """Rows as lines of equal layout."""
    width = max(map(len, rows))
    return [f'  {name:<{width}}  {text}' for name, text in rows.items()]


def problem_lines(problems: Sequence[str]) -> list[str]:
    """The first problems, one per line, and how many more there are."""
    lines = [f'  PROBLEM: {sentence}' for sentence in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f'  ... and {len(problems) - SHOWN} more problems')
    return lines
