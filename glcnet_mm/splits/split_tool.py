"""Draws and divisions of a data set's windows as files, checked and told."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..datasets.label_survey import absent_classes
from ..datasets.windows import WindowDataset
from ..errors import MissingFileError, UserError
from ..files import write_text
from ..inspection.from_config import build_reader, training_config
from ..wording import counted
from ..writable import check_folder
from .label_fractions import class_shares, name_windows, window_scenes, windows_text
from .list_files import list_texts
from .overlap import unplaced
from .split_choice import Choice, choose_fractions, choose_parts


class Output(NamedTuple):
    """Where windows are written to, and what beside them.

    Attributes:
        path: Folder for ``NAME.tsv`` of each fraction or part, or the one file.
        list_files: Also write the lists of ``list_texts``.
        command: Recorded in the files.
    """

    path: str
    list_files: bool = False
    command: str = ''


def make_splits(
    config: str,
    output: Output,
    choice: Choice,
    fractions: Sequence[float] = (),
    parts: Mapping[str, float] | None = None,
    within: str | None = None,
    options: Mapping | None = None,
) -> str:
    """Chooses windows of the training data of a config and writes them to files.

    Args:
        config: Its grid of windows is chosen from.
        output: Where to.
        choice: How.
        fractions: Label fractions, or else
        parts: name and share of parts that have no ground in common.
        within: Windows file to choose from instead of the whole grid.
        options: Changes to the config.

    Returns:
        What was written, with the classes of every part.
    """
    out, list_files, command = output
    single = out.endswith('.tsv')
    if single and (len(parts or fractions) != 1 or list_files):
        raise UserError(
            f'{out} is one file, but several are to be written; name a folder.'
        )
    check_folder(Path(out).parent if single else out)
    if within is not None and not Path(within).is_file():
        raise MissingFileError(f'The windows file {within} does not exist.')
    data = training_config(config, options)
    dataset = build_reader(
        data, num_windows=None, windows_per_region=1, windows_file=within
    )
    shares = None if dataset.label_paths is None else class_shares(dataset)
    chosen = (
        choose_fractions(dataset, shares, fractions, choice)
        if parts is None
        else choose_parts(dataset, shares, parts, choice)
    )
    texts = {}
    for name, numbers in chosen.items():
        remark = (
            f'{name}: {counted(len(numbers), "window")} of '
            f'{dataset.index.window} px, '
            f'seed {choice.seed}; {command}'
        )
        windows = name_windows(dataset, numbers)
        file = Path(out) if single else Path(out) / f'{name}.tsv'
        texts[file] = windows_text(windows, data.get('data_root', ''), remark)
    if list_files:
        lists = list_texts(dataset, chosen)
        texts |= {Path(out) / name: text for name, text in lists.items()}
    _write_all(texts)
    absent = [] if shares is None else absent_classes(dataset, shares.sum(0))
    written = [absence.text for absence in absent]
    written += [f'Written to {", ".join(map(str, texts))}']
    return '\n'.join(
        _table(dataset, shares, chosen) + _warnings(dataset, chosen, parts) + written
    )


def read_parts(texts: Sequence[str]) -> dict[str, float]:
    """``['train=0.7', 'test=0.3']`` as a dict."""
    parts = {}
    for text in texts:
        name, _, share = text.partition('=')
        if not re.fullmatch(r'[\w-]+', name) or name in parts:
            raise UserError(
                f'--split takes different names and shares, train=0.7 test=0.3, got '
                f'"{text}".'
            )
        try:
            parts[name] = float(share)
        except ValueError:
            raise UserError(f'--split: "{share}" in "{text}" is no number.') from None
    return parts


def _write_all(texts: Mapping[Path, str]) -> None:
    """Writes all files or, where one would lose what is there, none."""
    for path, text in texts.items():
        if path.exists() and path.read_bytes() != text.encode():
            raise UserError(
                f'{path} exists and says something else; remove it or choose another '
                f'place, for what was learnt from must not change unnoticed.'
            )
    for path, text in texts.items():
        write_text(path, text)


def _table(
    dataset: WindowDataset,
    shares: np.ndarray | None,
    chosen: Mapping[str, np.ndarray],
) -> list[str]:
    """Windows, scenes and classes of every part, one line each."""
    classes = dataset.metainfo['classes'] if shares is not None else ()
    scenes = window_scenes(dataset)
    rows: list[tuple[str, ...]] = [('', 'windows', 'scenes', *classes)]
    for name, numbers in {'all': np.arange(len(scenes)), **chosen}.items():
        row: tuple[str, ...] = (
            name,
            str(len(numbers)),
            str(len(np.unique(scenes[numbers]))),
        )
        if shares is not None:
            sums = shares[numbers].sum(0, dtype=np.float64)
            part = sums / max(sums.sum(), 1e-12)
            row += tuple(f'{100 * p:.2f} %' if p else 'none' for p in part)
        rows.append(row)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        '  '.join(f'{text:>{width}}' for text, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _warnings(
    dataset: WindowDataset,
    chosen: Mapping[str, np.ndarray],
    parts: Mapping[str, float] | None,
) -> list[str]:
    if parts is None:
        return []
    infos, notes = dataset.index.infos, []
    left = dataset.fixed_windows() - sum(map(len, chosen.values()))
    if left:
        notes.append(
            f'{counted(left, "window is", "windows are")} in no part: '
            f'unlabelled, across blocks of different parts, or beyond the shares.'
        )
    if unplaced(infos):
        notes.append(
            f'{unplaced(infos)} of {len(infos)} scenes do not say where they lie: '
            f'whether they show common ground is not known.'
        )
    return notes
