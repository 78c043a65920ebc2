"""What a study leaves: results.csv, tables.md, figures and one page with all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from .. import __version__
from ..console.duration import readable_time
from ..errors import UserError
from ..files import write_bytes, write_text
from ..visualization.figures import png
from ..visualization.page import page
from ..wording import counted
from .definition import Study
from .figures import curve_figure, panel_figure, set_and_draws
from .plan import Cell
from .result_file import read_run
from .results import read_results, results_csv
from .tables import study_tables


def write_report(study: Study, cells: Mapping[str, Cell]) -> Path:
    """Writes the report of what is done so far; returns the page's path.

    Raises:
        UserError: No fine-tuning is done.
    """
    results = read_results(study, cells)
    if not results:
        raise UserError(f'{study.work_dir} holds no finished fine-tuning to report.')
    tables = study_tables(study, results)
    figures = {'curves.png': png(curve_figure(study, results))}
    panels = panel_figure(study) if study.panels else None
    if panels is not None:
        figures['panels.png'] = png(panels)
    facts = [f'{set_and_draws(study)}.', *study_facts(study, cells)]
    place = study.folder.report
    write_text(place('results.csv'), results_csv(results))
    write_text(place('tables.md'), '\n'.join(table.markdown() for table in tables))
    for name, content in figures.items():
        write_bytes(place(name), content)
    path = place('report.html')
    text = page(
        'study',
        Path(study.path).stem,
        facts=facts,
        tables=tables,
        figures=figures,
        text=study.text,
    )
    write_text(path, text)
    return path


def study_facts(study: Study, cells: Mapping[str, Cell]) -> list[str]:
    """Budgets, machine and time, a sentence each."""
    devices: Counter[str] = Counter()
    seconds = 0.0
    falling, unknown = [], 0
    for cell in cells.values():
        path = study.folder.run(cell.name).result
        if path.exists():
            run = read_run(path)
            devices[run.device] += 1
            seconds += run.seconds
            if cell.kind == 'pretraining' and run.converged is False:
                falling.append(cell.name)
            unknown += cell.kind == 'finetuning' and run.converged is None
    budgets = [
        f'{stage}: {budget.iterations} iterations of {budget.batch_size} samples, the '
        f'same for every method.'
        for stage, budget in (
            ('Pre-training', study.pretraining),
            ('Fine-tuning', study.finetuning),
        )
        if budget is not None
    ]
    names = '; '.join(f'{name} ({counted(n, "run")})' for name, n in devices.items())
    return [
        f'{sum(devices.values())} of {len(cells)} runs are done.',
        *budgets,
        *_convergence_facts(falling, unknown),
        f'{readable_time(seconds)} of run time on: {names}.',
        f'glcnet_mm {__version__}, torch {torch.__version__}.',
    ]


def _convergence_facts(falling: Sequence[str], unknown: int) -> list[str]:
    facts = []
    if falling:
        facts.append(f'Their loss still fell at the end: {", ".join(falling)}.')
    if unknown:
        facts.append(
            f'Whether they had converged cannot be told of {unknown} fine-tunings: too '
            f'short, or of a version that kept no loss curve.'
        )
    return facts
