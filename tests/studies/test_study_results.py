"""Statistics and tables of a study against closed forms and scipy."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from glcnet_mm.files import write_json, write_text
from glcnet_mm.studies.definition import Method, read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.figures import class_legend, curve_figure
from glcnet_mm.studies.gain import paired_gain
from glcnet_mm.studies.plan import plan_cells
from glcnet_mm.studies.report import write_report
from glcnet_mm.studies.results import Result, mean_and_std, results_csv, scores_of
from glcnet_mm.studies.runs import _compare_settings, cell_settings, run_cell
from glcnet_mm.studies.tables import gain_table, score_table, study_tables
from glcnet_mm.visualization.page import page

STUDY = SimpleNamespace(
    methods={name: Method(name) for name in ('Random', 'A', 'B')},
    fractions=(0.01, 1.0),
    seeds=(0, 1, 2),
    baseline='Random',
    path='studies/flood.py',
    data=SimpleNamespace(test=dict(data_root='data/river')),
)


def results():
    rng = np.random.default_rng(3)
    level = dict(Random=40, A=50, B=45)
    return [
        Result(
            method,
            fraction,
            seed,
            None,
            7,
            {s: level[method] + rng.normal() for s in ('OA', 'Kappa', 'mF1', 'mIoU')},
            {'water': float('nan') if method == 'A' else 10.0, 'town': 20.0},
        )
        for method in STUDY.methods
        for fraction in STUDY.fractions
        for seed in STUDY.seeds
    ]


def test_paired_gain_is_the_interval_of_a_paired_t_test():
    rng = np.random.default_rng(0)
    base, other = rng.normal(40, 5, 6), rng.normal(43, 5, 6)
    expected = stats.ttest_rel(other, base).confidence_interval(0.95)
    gain = paired_gain(
        *({(None, i): x for i, x in enumerate(s)} for s in (other, base))
    )
    assert gain.mean == pytest.approx((other - base).mean())
    assert (gain.low, gain.high) == pytest.approx(tuple(expected))


def test_only_seeds_that_both_have_are_compared():
    gain = paired_gain({(0, 0): 5.0, (0, 1): 9.0}, {(None, 1): 6.0, (None, 2): 0.0})
    assert gain.mean == 3.0 and np.isnan(gain.low)
    assert paired_gain({(0, 0): 1.0}, {(0, 1): 1.0}) is None


def test_mean_and_std():
    assert mean_and_std([1.0, 3.0]) == (2.0, pytest.approx(2**0.5))
    assert mean_and_std([1.0])[0] == 1.0 and np.isnan(mean_and_std([1.0])[1])
    assert np.isnan(mean_and_std([])).all()


def test_the_best_mean_of_a_fraction_is_bold():
    found = results()
    table = score_table(STUDY, found, 'Kappa')
    assert table.bold == {(1, 1), (1, 2)}
    scores = list(scores_of(found, 'A', 0.01, 'Kappa').values())
    text = f'{np.mean(scores):.2f} ± {np.std(scores, ddof=1):.2f}'
    assert table.rows[1][1] == text
    assert f'| A | **{text}** |' in table.markdown()
    shown = page('study', 'A', facts=[], tables=[table], figures={}, text='')
    assert f'<td class="best">{text}</td>' in shown
    assert shown.count('class="best"') == 2


def test_gains_name_the_baseline_and_leave_it_out():
    table = gain_table(STUDY, results())
    assert [row[0] for row in table.rows] == ['A', 'B']
    assert 'over Random' in table.title and table.rows[0][1].startswith('+')


def test_undefined_scores_stay_empty():
    table = study_tables(STUDY, results())[-1]
    assert table.head == ['method', 'water', 'town']
    assert table.rows[1] == ['A', '', '20.00 ± 0.00']
    assert (1, 1) not in table.bold


def test_runs_that_had_not_converged_are_marked_wherever_they_enter():
    found = [
        r._replace(converged=(r.method, r.fraction, r.seed) != ('A', 1.0, 2))
        for r in results()
    ]
    for table in study_tables(STUDY, found):
        marked = {
            (row[0], head)
            for row in table.rows
            for head, text in zip(table.head, row, strict=True)
            if text.endswith('†')
        }
        if 'at 1 % of' in table.title:
            assert not marked and '†' not in table.title
            continue
        # A has no value of F1 for water.
        assert marked == {('A', 'town' if 'F1 by class' in table.title else '100 %')}
        assert '†: a run of it had not converged' in table.title
    base = [r._replace(converged=r.method != 'Random') for r in results()]
    assert all(cell.endswith('†') for cell in gain_table(STUDY, base).rows[0][1:])
    lines = results_csv(found).splitlines()
    column = lines[0].split(',').index('converged')
    assert [line.split(',')[column] for line in lines[1:]].count('no') == 1
    study = SimpleNamespace(**{**vars(STUDY), 'seeds': ((0, 1, 2), (0, 1, 2))})
    figure = curve_figure(study, found)
    assert figure.get_suptitle() == (
        'river; 1 %, 100 %: seeds 0, 1, 2; hollow: a run had not converged'
    )
    hollow = [
        line
        for line in figure.axes[0].lines
        if line.get_markerfacecolor() == 'white' and len(line.get_xdata()) == 1
    ]
    mean = np.mean(list(scores_of(found, 'A', 1.0, 'Kappa').values()))
    assert [line.get_ydata()[0] for line in hollow] == [pytest.approx(mean)]
    study.seeds = ((0, 1), (4,))
    plain = curve_figure(study, results()).get_suptitle()
    assert plain == 'river; 1 %: seeds 0, 1; 100 %: seeds 4'


def test_points_of_one_share_stand_in_the_middle():
    study = SimpleNamespace(**{**vars(STUDY), 'fractions': (0.01,), 'seeds': ((0,),)})
    for axis in curve_figure(study, results()).axes:
        low, high = np.log(axis.get_xlim())
        places = np.log([line.get_xdata()[0] for line in axis.lines])
        assert abs(places - (low + high) / 2).max() < 0.2 * (high - low)


@pytest.mark.parametrize('count', [2, 6, 20])
def test_the_legend_of_classes_is_no_wider_than_its_figure(count):
    figure = Figure(figsize=(5.1, 4), layout='constrained')
    figure.subplots()
    class_legend(figure, ['agriculture land'] * count, np.ones((256, 3)))
    figure.savefig(io.BytesIO())
    (legend,) = figure.legends
    box, whole = legend.get_window_extent(), figure.bbox
    assert box.x0 >= whole.x0 and box.x1 <= whole.x1 and len(legend.texts) == count


def test_nothing_is_not_the_best():
    zero = [
        r._replace(overall=dict.fromkeys(r.overall, 0.0), f1=dict.fromkeys(r.f1, 0.0))
        for r in results()
    ]
    assert not any(table.bold for table in study_tables(STUDY, zero))


def test_what_was_known_before_stands_beside_the_scores():
    found = [
        r._replace(probe=10.0 + r.seed) if r.method != 'B' and r.fraction < 1 else r
        for r in results()
    ]
    table = score_table(STUDY, found, 'Kappa')
    assert table.head == ['method', '1 %, frozen probe', '1 %', '100 %']
    assert [row[1] for row in table.rows] == ['11.00 ± 1.00', '11.00 ± 1.00', '']
    assert 'logistic regression' in table.title
    assert score_table(STUDY, found, 'OA').head == ['method', '1 %', '100 %']
    head, first = (line.split(',') for line in results_csv(found).splitlines()[:2])
    assert first[head.index('frozen probe')] == '10.0000'


def test_csv_is_one_line_per_run():
    lines = results_csv(results()).splitlines()
    head = (
        'method,fraction,seed,pretraining_seed,labelled_windows,converged,frozen probe'
    )
    assert lines[0].startswith(head)
    assert lines[0].endswith('F1 water,F1 town') and len(lines) == 1 + 18
    assert lines[1].startswith('Random,0.01,0,,7,') and lines[7].split(',')[-2] == 'nan'


def test_an_unfinished_study_has_no_empty_columns():
    begun = [result for result in results() if result.fraction == 1.0]
    tables = study_tables(STUDY, begun)
    assert tables[0].head == tables[1].head == ['method', '100 %']
    assert [t.title for t in tables if 'by class' in t.title] == [
        'F1 by class at 100 % of the labels, in per cent'
    ]


@pytest.mark.parametrize('hook', ['SafeCheckpointHook', 'CheckpointHook'])
def test_a_run_that_becomes_nan_has_no_result(change, tmp_path, hook):
    """Whatever hook a config of one's own has."""
    study = read_study(
        change(
            "methods = {'Random': dict()}\nseeds = [0]\nfractions = [1.0]\n"
            "finetuning['options']['optim_wrapper.optimizer.lr'] = 1e30\n"
            f"finetuning['options']['default_hooks.checkpoint'] = dict(type='{hook}')"
        )
    )
    draw_splits(study)
    (cell,) = plan_cells(study).values()
    with pytest.raises(FloatingPointError, match='lower the learning rate'):
        run_cell(study, cell)
    assert not list(tmp_path.rglob('result.json'))
    assert not list(tmp_path.rglob('scores.json'))


def test_a_study_without_pretraining_gets_its_report(change, tmp_path):
    study = read_study(
        change(
            "methods = {'Random': dict()}\ndel pretraining\n"
            'seeds = [0]\nfractions = [1.0]\npanels = 0'
        )
    )
    assert study.pretraining is None
    draw_splits(study)
    cells = plan_cells(study)
    (cell,) = cells.values()
    folder = study.folder.run(cell.name)
    write_text(folder.settings, cell_settings(study, cell))
    scores = dict(OA=60.0, Kappa=50.0, mF1=40.0, mIoU=30.0)
    result = dict(seconds=1, device='cpu', labelled_windows=9)
    f1 = dict(plain=60.0, rows=30.0, bright=30.0)
    write_json(folder.result, dict(result, overall=scores, f1=f1))
    page = write_report(study, cells).read_text()
    assert '1 of 1 runs are done' in page and 'Fine-tuning: ' in page
    assert 'Pre-training: ' not in page


def test_settings_of_a_run_that_are_missing_or_others(tmp_path):
    stored = tmp_path / 'settings.json'
    with pytest.raises(ValueError, match=r'settings.json, the settings of .* missing'):
        _compare_settings(stored, 'lr: 1\n')
    stored.write_text('lr: 1\n')
    _compare_settings(stored, 'lr: 1\n')
    for now, told in (('lr: 2\n', 'lr: 1 there, lr: 2 now'), ('lr: 1\na\n', 'fewer')):
        with pytest.raises(ValueError, match=f'was run with other settings .{told}'):
            _compare_settings(stored, now)
