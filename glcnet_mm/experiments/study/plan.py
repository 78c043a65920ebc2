"""The cells of a study: which runs there are and where each one lives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .configs import pretraining_config, settings_text
from .definition import Method, Study


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Attributes:
        name: Its folder in the study's, with slashes; also names it on a command line.
        kind: ``pretraining`` or ``finetuning``.
        method: Whose run it is; of a shared pre-training, the first.
        fraction: Of the labels; None for a pre-training.
        seed: Of weights and labels.
        needs: Name of the pre-training that must be done before.
    """

    name: str
    kind: str
    method: Method
    fraction: float | None = None
    seed: int = 0
    needs: str | None = None


def plan_cells(study: Study) -> dict[str, Cell]:
    """All cells by name, pre-trainings first; equal pre-trainings are one cell."""
    _check_names(study)
    cells: dict[str, Cell] = {}
    by_settings: dict[str, str] = {}
    needs: dict[str, str] = {}
    for method in study.methods.values():
        if method.config is None:
            continue
        text = settings_text(study, pretraining_config(study, method))
        name = by_settings.setdefault(text, f'pretraining/{slug(method.name)}')
        needs[method.name] = name
        cells.setdefault(name, Cell(name, 'pretraining', method))
    for fraction, seed in study.draws():
        for method in study.methods.values():
            name = f'finetuning/{slug(method.name)}/{split_name(fraction, seed)}'
            cells[name] = Cell(
                name, 'finetuning', method, fraction, seed, needs.get(method.name)
            )
    return cells


def split_name(fraction: float, seed: int) -> str:
    """Name of a draw of labelled windows."""
    return f'{100 * fraction:g}pct_seed{seed}'


def slug(name: str) -> str:
    """A method's name as a folder's."""
    return re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')


def _check_names(study: Study) -> None:
    """Refuses methods whose folders would be one."""
    folders: dict[str, str] = {}
    for name in study.methods:
        other = folders.setdefault(slug(name), name)
        if other != name:
            raise ValueError(
                f'{study.path}: "{other}" and "{name}" differ in signs only; their '
                f'runs need different folders, so rename one.'
            )


def find_cell(cells: Mapping[str, Cell], name: str, study: Study) -> Cell:
    """The cell of a name.

    Raises:
        ValueError: There is none.
    """
    if name not in cells:
        raise ValueError(
            f'{study.path} has no cell "{name}"; --dry-run lists them all.'
        )
    return cells[name]


def result_path(study: Study, cell: Cell) -> Path:
    """The file whose presence says that a cell is done."""
    return study.work_dir / cell.name / 'result.json'
