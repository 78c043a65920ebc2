"""The cells of a study: which runs there are and where each one lives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import UserError
from .choice import Choice
from .configs import pretraining_config, settings_text
from .definition import Method, Study
from .folder import slug, split_name


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Attributes:
        name: Its folder in the study's, with slashes; also names it on a command line.
        kind: ``pretraining`` or ``finetuning``.
        method: Whose run it is; of a shared pre-training, the first.
        fraction: Of the labels; unused in a pre-training.
        seed: Of weights and labels; likewise.
        needs: Name of the pre-training that must be done before.
        pretraining_seed: Of the pre-training itself or of the one that is needed.
        choice: Of the labelled windows; None for a random draw.
        choice_needs: Name of the pre-training that embeds the windows to choose from.
    """

    name: str
    kind: str
    method: Method
    fraction: float = 0.0
    seed: int = 0
    needs: str | None = None
    pretraining_seed: int | None = None
    choice: Choice | None = None
    choice_needs: str | None = None


class _Start(NamedTuple):
    """A start of a method's fine-tunings, and the name of their folder."""

    folder: str
    needs: str | None = None
    seed: int | None = None


def plan_cells(study: Study) -> dict[str, Cell]:
    """All cells by name, pre-trainings first; equal pre-trainings are one cell."""
    _check_names(study)
    cells: dict[str, Cell] = {}
    by_settings: dict[str, str] = {}
    starts = {
        method.name: _plan_starts(study, method, cells, by_settings)
        for method in study.methods.values()
    }
    random_draws = [(*draw, None) for draw in study.draws()]
    for fraction, seed, choice in [*random_draws, *study.chosen_draws()]:
        # Of several pre-trainings the first embeds.
        by = starts[choice.by][0].needs if choice and choice.by else None
        for method in study.methods.values():
            for start in starts[method.name]:
                draw = split_name(fraction, seed, choice)
                name = f'finetuning/{start.folder}/{draw}'
                own = (start.needs, start.seed, choice, by)
                cells[name] = Cell(name, 'finetuning', method, fraction, seed, *own)
    return cells


def _plan_starts(
    study: Study, method: Method, cells: dict[str, Cell], by_settings: dict[str, str]
) -> list[_Start]:
    """The starts of a method; adds the pre-trainings that no other method shares."""
    if method.config is None:
        return [_Start(slug(method.name))]
    own = pretraining_config(study, method).randomness.seed
    starts = []
    for seed in study.seeds_of(method) or (own,):
        # The config's own seed has the plain name, so that seeds can be added to a
        # study that began with one pre-training per method.
        folder = slug(method.name) + f'-seed{seed}' * (seed != own)
        text = settings_text(study, pretraining_config(study, method, seed))
        name = by_settings.setdefault(text, f'pretraining/{folder}')
        cells.setdefault(name, Cell(name, 'pretraining', method, pretraining_seed=seed))
        starts.append(_Start(folder, name, seed))
    return starts


def _check_names(study: Study) -> None:
    """Refuses methods whose folders would be one."""
    folders: dict[str, str] = {}
    for name in study.methods:
        other = folders.setdefault(slug(name), name)
        if other != name:
            raise UserError(
                f'{study.path}: "{other}" and "{name}" differ in signs only; their '
                f'runs need different folders, so rename one.'
            )


def find_cell(cells: Mapping[str, Cell], name: str, study: Study) -> Cell:
    """The cell of a name.

    Raises:
        UserError: There is none.
    """
    if name not in cells:
        raise UserError(f'{study.path} has no cell "{name}"; --dry-run lists them all.')
    return cells[name]
