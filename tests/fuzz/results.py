"""Damaged results of a study, and pieces of a map that was begun."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glcnet_mm.evaluation.scores import HEADLINE
from glcnet_mm.mapping.assembly import _lines
from glcnet_mm.mapping.pieces_folder import PartsFolder
from glcnet_mm.mapping.tiling import Plan
from glcnet_mm.studies.definition import Study, read_study
from glcnet_mm.studies.draws import draw_splits, panel_numbers
from glcnet_mm.studies.figures import panel_figure
from glcnet_mm.studies.plan import Cell, plan_cells
from glcnet_mm.studies.report import study_facts
from glcnet_mm.studies.results import read_results, results_csv
from glcnet_mm.studies.runs import cell_settings
from glcnet_mm.studies.tables import study_tables
from glcnet_mm.studies.timing import known_durations

from .rasters import write_sample
from .target import Target

STUDY = """
labels = dict(type='WindowDataset', labels='{0}/labels', classes=['plain', 'rows'],
              palette=[(0, 0, 0), (200, 0, 0)], window=32)
data = dict(labelled=dict(images=['{0}/images/a.tif'], **labels),
            test=dict(images='{0}/images/b.tif', **labels),
            unlabelled=dict(type='WindowDataset', images='{0}/images', window=32))
methods = {{
    'Random': dict(),
    'SimCLR': dict(config='configs/simclr/simclr_r18_small_sample.py'),
}}
fractions = [0.5]
seeds = [0, 1]
pretraining = dict(iterations=6, batch_size=2)
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    iterations=9,
    batch_size=2,
)
panels = 2
work_dir = '{0}/out'
"""


def result_targets(folder: Path) -> Iterator[Target]:
    """The files of a study that is done, each damaged in place."""
    rng = np.random.default_rng(3)
    for name in ('a', 'b'):
        image = rng.integers(1, 200, (3, 96, 96), 'uint8')
        write_sample(folder / f'images/{name}.tif', image)
        write_sample(
            folder / f'labels/{name}.tif', rng.integers(0, 2, (1, 96, 96), 'uint8')
        )
    (folder / 'study.py').write_text(STUDY.format(folder))
    study = read_study(folder / 'study.py')
    cells = plan_cells(study)
    draw_splits(study)
    for cell in cells.values():
        _pretend_done(study, cell, rng)

    def read(path: Path) -> None:
        results = read_results(study, cells)
        results_csv(results)
        study_tables(study, results)
        known_durations(study, cells)
        study_facts(study, cells)

    def shown(path: Path) -> None:
        draw_splits(study)
        panel_figure(study)

    finetunings = [c for c in cells.values() if c.kind == 'finetuning']
    pretraining = next(c for c in cells.values() if c.kind == 'pretraining')
    for path, run in (
        (study.folder.run(finetunings[0].name).result, read),
        (study.folder.run(pretraining.name).result, read),
        (study.folder.run(finetunings[1].name).settings, read),
        (study.folder.panels, shown),
        (study.folder.run(finetunings[0].name).panels, shown),
        (next(study.work_dir.glob('splits/*seed1.tsv')), lambda _: draw_splits(study)),
    ):
        is_text = path.suffix != '.npz'
        yield Target('results', str(path), path.read_bytes(), is_text, run)


def _pretend_done(study: Study, cell: Cell, rng: np.random.Generator) -> None:
    """What a run leaves, without its training."""
    path = study.folder.run(cell.name).result
    path.parent.mkdir(parents=True)
    path.with_name('settings.json').write_text(cell_settings(study, cell))
    result = dict(seconds=12.5, device='a processor, threads: 1')
    if cell.kind == 'pretraining':
        result['checkpoint'] = 'run/iter_6.pth'
        weights = path.parent / result['checkpoint']
        weights.parent.mkdir()
        weights.touch()
    else:
        overall = {name: float(rng.uniform(20, 90)) for name in HEADLINE}
        result |= dict(
            labelled_windows=4, overall=overall, f1=dict(plain=50.5, rows=None)
        )
        numbers = panel_numbers(study)
        maps = rng.integers(0, 2, (len(numbers), 32, 32), 'uint8')
        buffer = io.BytesIO()
        np.savez_compressed(buffer, predictions=maps, numbers=numbers)
        path.with_name('panels.npz').write_bytes(buffer.getvalue())
    path.write_text(json.dumps(result, indent=1))


def map_targets(folder: Path) -> Iterator[Target]:
    """Settings and pieces of a map that was begun."""
    settings = dict(
        scene='a1b2', model='c3', window=64, overlap=16, outputs=['classes']
    )
    out, plan = folder / 'map.tif', Plan(96, 96, 64, 16, 2, 3)
    parts = PartsFolder(out, settings)
    for band in plan.bands():
        for piece in band:
            with parts.writer(piece, 1) as writer:
                writer.write(
                    np.ones((1, piece.window.height, piece.window.width), 'uint8')
                )
    path = parts.path / 'settings.json'

    def begun(_: Path) -> None:
        PartsFolder(out, settings)

    def assembled(_: Path) -> None:
        for _lines_read in _lines(parts, plan.bands()):
            pass

    yield Target('results', str(path), path.read_bytes(), True, begun)
    for path in sorted(parts.path.glob('*.tif'))[:2]:
        yield Target('results', str(path), path.read_bytes(), False, assembled)
