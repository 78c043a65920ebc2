"""The wheel alone is the whole product: used in a folder without a checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_a_wheel_trains_by_a_name_of_its_configs(tmp_path):
    source, folder = tmp_path / 'source', tmp_path / 'elsewhere'
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if k != 'PYTHONPATH'}
    # Building writes beside the sources.
    skip = shutil.ignore_patterns('.*', 'build', '*.egg-info', 'tests', 'benchmarks')
    shutil.copytree(ROOT, source, ignore=skip)
    pip = [sys.executable, '-m', 'pip', '--quiet']
    wheel = ['wheel', '--no-deps', '--no-build-isolation', '-w', tmp_path, source]
    subprocess.run([*pip, *wheel], check=True)
    subprocess.run(
        [sys.executable, '-m', 'venv', '--without-pip', tmp_path / 'venv'], check=True
    )
    python = tmp_path / 'venv/bin/python'
    (wheel,) = tmp_path.glob('*.whl')
    install = ['--python', python, 'install', '--no-deps', '--no-index', wheel]
    subprocess.run([*pip, *install], check=True, env=environment)
    # Everything but this package comes from the environment of the tests.
    (site,) = (tmp_path / 'venv/lib').glob('python*/site-packages')
    (site / 'others.pth').write_text(sysconfig.get_paths()['purelib'])

    def call(*arguments):
        done = subprocess.run(
            [python, '-W', 'ignore', '-m', 'glcnet_mm', *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    listed = call()
    assert 'train ' in listed and f'{site}/glcnet_mm/.mim/configs' in listed
    call('make_sample', 'data/sample')
    (folder / 'own.py').write_text(
        "_base_ = 'glcnet_mm::deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'\n"
        'train_cfg = dict(max_iters=1)\n'
        'train_dataloader = dict(batch_size=2, num_workers=0, '
        'persistent_workers=False)\n'
    )
    call('train', 'own.py')
    assert (folder / 'work_dirs/own/iter_1.pth').is_file()
    # A study of the package's configs starts its run itself.
    (folder / 'study.py').write_text(
        "_base_ = 'glcnet_mm::studies/sample.py'\n"
        "methods = {'_delete_': True, 'Random': dict()}\n"
        'fractions, seeds = [1.0], [0]\n'
        'data = dict(test=dict(sampling=dict(stride=192)))\n'
        'finetuning = dict(iterations=1, batch_size=2)\n'
    )
    assert 'The report is' in call('label_efficiency', 'study.py')
