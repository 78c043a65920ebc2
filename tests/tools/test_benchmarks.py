"""The benchmarks that need what few machines have go their ways without it."""

import runpy
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / 'benchmarks'


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, 'argv', ['gpu.py'])
    return runpy.run_path(str(FOLDER / 'gpu.py'))


def test_without_a_gpu_it_says_so_and_ends_well(gpu, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    gpu['main']()
    assert capsys.readouterr().out.startswith('No GPU here: nothing was measured.')


@pytest.mark.slow
def test_a_tiny_run_on_the_cpu_goes_every_way(gpu, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['gpu.py', '--device', 'cpu', '--tiny'])
    gpu['main']()
    table = capsys.readouterr().out
    for name in ('bfloat16, batch 2', 'compiled', 'NT-Xent', 'loader', 'mapping'):
        assert name in table
    assert "'agrees': True" in table and 'failed' not in table


def test_peaks_and_rates_are_those_of_the_work(gpu):
    timer = gpu['Timer']('cpu')
    assert timer.left() and timer(lambda: None, 3) >= 0
    assert gpu['matrix_peak'](timer, 32) > 0


def test_the_table_has_a_line_per_figure(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    run = runpy.run_path(str(FOLDER / 'run.py'))
    text = run['table'](dict(a=[('one', '1 ms'), ('three', '3 ms')], bcd=[('x', 'y')]))
    assert text.splitlines() == [
        'a    one    1 ms',
        'a    three  3 ms',
        'bcd  x      y',
    ]
    assert all((FOLDER / f'{name}.py').exists() for name in run['NAMES'])
