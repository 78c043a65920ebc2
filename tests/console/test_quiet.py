"""What reaches the terminal and what only the log file."""

import logging
import subprocess
import sys
import warnings

import pytest
from mmengine.config import Config
from mmengine.logging import print_log

from glcnet_mm.console.quiet import OURS, Essentials
from glcnet_mm.launch import build_runner

FOREIGN = 'from-another-package'


@pytest.fixture
def run(finetuning, capsys):
    """Trains by our runner with foreign messages; returns output and log file."""
    config = Config.fromfile(finetuning)
    config.work_dir = str(finetuning.parent / 'run')
    config.experiment_name = finetuning.parent.name
    config.train_cfg.max_iters = 2
    before = warnings.showwarning
    runner = build_runner(config)
    print_log('"HardDiskBackend" is the alias of X', runner.logger, logging.WARNING)
    print_log('a real warning', runner.logger, logging.WARNING)
    print_log('more than you want to know', runner.logger)
    with warnings.catch_warnings():
        warnings.simplefilter('always')
        place = '/lib/python/site-packages/mmseg/a.py'
        warnings.warn_explicit(FOREIGN, UserWarning, place, 3)
    runner.train()
    runner.load_checkpoint(str(finetuning.parent / 'run/iter_2.pth'))
    warnings.showwarning = before
    log = next((finetuning.parent / 'run').rglob('*.log')).read_text()
    return capsys.readouterr(), log


def test_the_terminal_is_short_and_the_file_is_not(run):
    screen, log = run
    loaded = 'Loads checkpoint by'
    kept = ('HardDiskBackend', 'more than you', FOREIGN, 'Config:', 'before_run')
    for text in (*kept, loaded):
        assert text in log
        assert text not in screen.out + screen.err
    lines = screen.out.splitlines()
    assert lines[0].startswith('All details go to ')
    assert 'Warning: a real warning' in lines
    assert len(lines) < 25
    assert lines[-1].startswith('2 of 2 iterations (100 %), loss ')


def test_scores_of_the_table_are_not_said_again():

    def shown(message, path, function):
        return screen.filter(
            logging.getLogger().makeRecord(
                'a', logging.INFO, path, 1, message, (), None, function
            )
        )

    screen = Essentials()
    ours, theirs = str(OURS / 'a.py'), '/lib/mmengine/logger_hook.py'
    scores = 'Iter(test) [4/4]    OA: 9.1234  Kappa: 8.1234  data_time: 0.1  time: 0.2'
    assert shown(scores, theirs, 'after_test_epoch')
    assert shown('Scores in percent\nOA 9.12  Kappa 8.12', ours, 'compute_metrics')
    assert not shown(scores, theirs, 'after_test_epoch')
    assert shown(scores + '  aAcc: 7.1', theirs, 'after_test_epoch')


def test_importing_says_nothing():
    code = 'import glcnet_mm.launch; from glcnet_mm.console import quiet; '
    code += "quiet.enter_scope('mmseg')"
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ('', '')
