"""Whole studies through the tool: results, resume after kills, clear failures."""

import json
import os
import random
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope

from glcnet_mm.rasters.band_stack import stack_bands
from glcnet_mm.studies.check import check_study
from glcnet_mm.studies.configs import pretraining_config
from glcnet_mm.studies.definition import read_study
from glcnet_mm.studies.draws import draw_splits
from glcnet_mm.studies.figures import panel_figure
from glcnet_mm.studies.plan import plan_cells
from glcnet_mm.studies.scheduler import _Run
from tests.processes import ForkedTool

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(call_tool):
    """Calls the tool in this process; its runs have processes of their own."""

    def run(study_file, *args, ok=True):
        output, end = call_tool(
            'label_efficiency.py', study_file.parent, study_file, *args
        )
        assert (end is None) == ok, (output[-3000:], end)
        return f'{output}\n{end}'

    return run


def kill_when(study_file, ready, group, rng):
    """Starts the study and kills it a moment after ``ready()``."""
    tool = ForkedTool(
        'label_efficiency.py', study_file, '--jobs', '2',
        cwd=study_file.parent, log=study_file.with_name('output.txt'),
    )  # fmt: skip
    tool.wait_until(ready)
    time.sleep(rng.uniform(0, 1))
    assert tool.poll() is None, tool.output[-3000:]
    tool.kill(group)


def test_killed_three_times_ends_with_the_same_tables(change, call, tmp_path):
    undisturbed = change("methods.pop('SimCLR')\nfractions = [0.1]")
    call(undisturbed, '--jobs', '2')
    disturbed = tmp_path / 'disturbed.py'
    text = undisturbed.read_text().replace(f'{tmp_path}/out', f'{tmp_path}/again')
    disturbed.write_text(text)
    again, rng = tmp_path / 'again', random.Random(0)

    def done():
        return len(list(again.rglob('result.json')))

    def pretrained_partly():
        return any(again.glob('pretraining/*/run/iter_*.pth'))

    kill_when(disturbed, pretrained_partly, True, rng)
    kill_when(disturbed, lambda: done() >= 1, False, rng)
    kill_when(disturbed, lambda: done() >= 3, True, rng)
    output = call(disturbed, '--jobs', '2')
    for name in ('results.csv', 'tables.md'):
        assert (tmp_path / 'out' / name).read_text() == (again / name).read_text()
    assert not list(again.rglob('*.partial'))
    assert f'The report is {again}/report.html' in output


@pytest.mark.parametrize('study_file', [4], indirect=True)
def test_a_study_from_plan_to_report(change, call, tmp_path):
    study = change(
        "methods.pop('SimCLR')\nfractions = [0.2]\nseeds = [0]\nkeep_weights = True"
    )
    plan = call(study, '--dry-run')
    assert plan.count('--cell') == 3 and '3 runs, 0 of them done' in plan
    assert re.search(r'In all about \d[\d.]* (s|min|h)', plan)
    out = tmp_path / 'out'
    assert not list(out.rglob('result.json'))
    early = call(study, '--cell', 'finetuning/glcnet/20pct_seed0', ok=False)
    assert 'run the cell "pretraining/glcnet" first' in early
    output = call(study, '--jobs', '2')
    assert '3 of 3' in output
    result = json.loads((out / 'finetuning/glcnet/20pct_seed0/result.json').read_text())
    assert result['labelled_windows'] == 10
    log = (out / 'finetuning/glcnet/20pct_seed0/log.txt').read_text()
    assert re.search(r'loaded: \d\d', log)
    assert (
        'level encoder'
        not in (out / 'finetuning/random/20pct_seed0/log.txt').read_text()
    )
    with np.load(out / 'finetuning/random/20pct_seed0/panels.npz') as kept:
        assert kept['numbers'].shape == (2,)
        assert kept['predictions'].shape == (2, 32, 32)
        assert kept['predictions'].max() < 3
    titles = [a.get_title() for a in panel_figure(read_study(study)).axes[:5]]
    assert titles == ['image', 'band 4', 'truth', 'Random', 'GLCNet']
    page = (out / 'report.html').read_text()
    assert page.count('<img') == 2
    assert '<p>study; 20 %: seeds 0.</p>' in page
    assert set(re.findall(r'(?:src|href)="(.{5})', page)) == {'data:'}
    assert list((out / 'finetuning/random/20pct_seed0/run').glob('*.pth'))
    # Nothing is left to do, and other settings are not mixed in.
    before = {path: path.stat().st_mtime_ns for path in out.rglob('result.json')}
    call(study)
    assert before == {path: path.stat().st_mtime_ns for path in before}
    output = call(change('finetuning["batch_size"] = 5'), ok=False)
    early = call(study, '--report', ok=False)
    assert 'was run with other settings' in early
    assert 'was run with other settings' in output and '"batch_size": 4 there' in output


def test_two_pretrainings_that_start_from_weights(change, call, tmp_path):
    """Weights, then two pre-trainings, then a fine-tuning with every switch."""
    config = pretraining_config(
        study := read_study(change('')), study.methods['GLCNet']
    )
    with DefaultScope.overwrite_default_scope('mmseg'):
        weights = MODELS.build(config.model).backbone.state_dict()
    torch.save(weights, tmp_path / 'plain.pth')
    study = change(
        "methods.pop('SimCLR')\nfractions = [0.2]\nseeds = [0]\npanels = 0\n"
        f"methods['GLCNet'].update(weights='{tmp_path}/plain.pth')\n"
        'pretraining_seeds = [0, 1]\n'
        'finetuning.update(iterations=30, lr=0.002, head_first=3, layer_decay=0.7, '
        'l2_sp=0.1, ema=0.1, early_stopping=0.3)'
    )
    call(study, '--jobs', '2')
    out = tmp_path / 'out'
    logs = [
        (out / f'pretraining/{name}/log.txt').read_text()
        for name in ('glcnet', 'glcnet-seed1')
    ]
    for log in logs:
        assert re.search(r'plain.pth, level backbone, key style torchvision', log)
        assert f'loaded: {len(weights)}' in log and 'missing: 0' in log
    lines = (out / 'results.csv').read_text().splitlines()[1:]
    assert [line.split(',')[:4] for line in lines] == [
        ['Random', '0.2', '0', ''],
        ['GLCNet', '0.2', '0', '0'],
        ['GLCNet', '0.2', '0', '1'],
    ]
    assert lines[1].split(',')[5:] != lines[2].split(',')[5:]
    for folder in ('random', 'glcnet', 'glcnet-seed1'):
        path = out / f'finetuning/{folder}/20pct_seed0/result.json'
        result = json.loads(path.read_text())
        assert result['labelled_windows'] == 10
        assert result['probe']['map'] == 'e' and -100 <= result['probe']['kappa'] <= 100
        # 30 iterations, unless the validation ended them.
        assert len(result['loss']) == 30 or result['stopped_early']
    assert '1 %' not in (tables := (out / 'tables.md').read_text())
    assert '20 %, frozen probe | 20 % |' in tables
    assert (out / 'pretraining/glcnet/result.json').read_text().count('"loss"') == 1


def test_a_failed_run_does_not_stop_the_others(change, call, tmp_path):
    study = change(
        "methods.pop('SimCLR')\nfractions = [0.2]\nseeds = [0]\n"
        "methods['GLCNet']['options']['model.no_such_setting'] = 1"
    )
    output = call(study, ok=False)
    assert 'no_such_setting' in output and not list(tmp_path.rglob('result.json'))


def test_jobs_share_the_cores_unless_the_user_says_otherwise(study_file, monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: range(8), raising=False)
    monkeypatch.delenv('OMP_NUM_THREADS', raising=False)
    run = _Run(read_study(study_file), {}, jobs=2)
    assert run._share(0)['OMP_NUM_THREADS'] == '4'
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    assert run._share(0)['OMP_NUM_THREADS'] == '1'


@pytest.mark.parametrize('name', ['dubai', 'india'])
def test_shipped_studies_plan_on_real_imagery(imagery, tmp_path, name):
    root = imagery / 'dubai_aerial'
    if name == 'india':
        root, source = tmp_path / 'india', imagery / 'india_rgb_nir'
        root.mkdir()
        (root / 'masks').symlink_to(source / 'masks')
        sources = {f'{source}/images': [1, 2, 3], f'{source}/images_IR': [1]}
        stack_bands(str(root / 'stack'), sources)
    config = Config.fromfile(ROOT / f'configs/studies/{name}.py')
    for part in config.data.values():
        if isinstance(part, dict):
            part.data_root = str(root)
    config.work_dir = str(tmp_path / 'out')
    path = tmp_path / 'study.py'
    config.dump(path)
    study = read_study(path)
    cells = plan_cells(study)
    draw_splits(study)
    check_study(study, cells)
    draws = dict(dubai=3 + 3 + 3 + 3, india=5 + 3 + 3 + 3)[name]
    assert len(cells) == 10 + 11 * draws
