"""Probes in real runs of every algorithm, which they must leave as they are."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from glcnet_mm.demo.sample import make_sample

ROOT = Path(__file__).parents[2]


def recipe(name):
    method, *_ = name.split('-')
    return ROOT / f'configs/{method}/{name}_r18_small_sample.py'


KEYS = [
    'custom_hooks',
    'custom_imports',
    'default_hooks',
    'default_scope',
    'env_cfg',
    'log_level',
    'log_processor',
    'model',
    'model_wrapper_cfg',
    'optim_wrapper',
    'param_scheduler',
    'randomness',
    'train_cfg',
    'train_dataloader',
    'visualizer',
    'work_dir',
]


@pytest.fixture(scope='module')
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp('sample')
    make_sample(folder, size_px=192, parts=dict(unlabelled=1, train=1, test=1))
    return folder


@pytest.fixture
def small(sample, tmp_path):
    """Three steps of a small config with the probe of ``glcnet-probed``."""

    def load(name='glcnet', exact=True):
        config = Config.fromfile(recipe(name))
        hook = Config.fromfile(recipe('glcnet-probed')).custom_hooks[-1]
        hook.update(interval=2, windows=4, pixels_per_window=16, k=5)
        for part in (hook.train_dataset, hook.test_dataset):
            part.update(data_root=str(sample), window=64, palette=None)
        config.custom_hooks = [dict(type='ExactResumeHook')] if exact else []
        config.custom_hooks += [hook]
        config.model.backbone.base_channels = 8
        head = config.model.neck.decode_head
        head.update(in_channels=64, c1_in_channels=8)
        if name == 'inpainting':
            config.model.head.skip_channels = (32, 16)
        loader = config.train_dataloader
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
        loader.dataset.update(data_root=str(sample), sampling=dict(num_windows=8))
        if name != 'jigsaw':
            for view in loader.dataset.pipeline[1].views:
                view.geometry[0].size = 48
        config.train_cfg.max_iters = 3
        config.default_hooks.checkpoint.interval = 1
        config.log_level = 'WARNING'
        config.visualizer.vis_backends = [dict(type='LocalVisBackend')]
        config.work_dir = str(tmp_path / 'work')
        # The runner formats the whole text several times, which takes seconds.
        return Config({key: config[key] for key in KEYS})

    return load


def build(config, name, **changes):
    config = config.copy()
    config.work_dir = str(Path(config.work_dir) / name)
    # mmengine keeps one visualizer per name and process.
    config.experiment_name = config.visualizer.name = f'{name}_{id(config)}'
    config.merge_from_dict(changes)
    return Runner.from_cfg(config)


def train(config, name, **changes):
    runner = build(config, name, **changes)
    runner.train()
    return {k: v.clone() for k, v in runner.model.state_dict().items()}


def without_probe(config):
    config = config.copy()
    config.custom_hooks = config.custom_hooks[:-1]
    return config


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def looks(folder):
    """Scalars of the looks of a run, by their step."""
    lines = [
        json.loads(line)
        for path in sorted(folder.rglob('scalars.json'))
        for line in path.read_text().splitlines()
    ]
    return {line.pop('step'): line for line in lines if 'probe/e_knn_kappa' in line}


def names(maps):
    probes = ('knn_kappa', 'knn_oa', 'linear_kappa', 'linear_oa')
    return {f'probe/{m}_{p}' for m in maps for p in probes}


@pytest.mark.parametrize('exact', [True, False])
def test_the_weights_are_those_of_a_run_without_the_hook(small, tmp_path, exact):
    # Dropout and the loader draw from the global generators in every step.
    config = small(exact=exact)
    torch.manual_seed(3)
    probed = train(config, 'probed')
    state = torch.get_rng_state()
    torch.manual_seed(3)
    assert equal(probed, train(without_probe(config), 'plain'))
    assert torch.equal(state, torch.get_rng_state())
    assert list(looks(tmp_path / 'work/probed')) == [0, 2, 3]
    assert not looks(tmp_path / 'work/plain')


@pytest.mark.parametrize(
    'name, maps',
    [
        ('glcnet', 'ed'),
        ('glcnet-noglobal', 'ed'),
        ('glcnet-nolocal', 'e'),
        ('glcnet-nostyle', 'ed'),
        ('simclr', 'e'),
        ('moco', 'e'),
        ('jigsaw', 'e'),
        ('inpainting', 'e'),
    ],
)
def test_every_algorithm_is_probed(small, tmp_path, name, maps):
    config = small(name)
    config.log_level = 'INFO'
    train(config, name, **{'train_cfg.max_iters': 1})
    found = looks(tmp_path / 'work')
    assert list(found) == [0, 1]
    for scores in found.values():
        assert scores.keys() == names(maps)
        assert all(-100 <= value <= 100 for value in scores.values())
    assert found[0] != found[1]
    log = next((tmp_path / 'work').rglob('*.log')).read_text()
    text = re.search(r'Frozen probe at iteration 1, .*probe/e_knn_kappa (\S+),', log)
    assert float(text[1]) == pytest.approx(found[1]['probe/e_knn_kappa'], abs=0.06)


def test_a_resumed_run_is_exact_and_does_not_start_over(small, tmp_path):
    class StopHook(Hook):
        def after_train_iter(self, runner, *args, **kwargs):
            if runner.iter == 2:
                raise InterruptedError

    config = small()
    whole = train(without_probe(config), 'whole')
    runner = build(config, 'parts')
    runner.register_hook(StopHook())
    with pytest.raises(InterruptedError):
        runner.train()
    assert list(looks(tmp_path / 'work/parts')) == [0, 2]
    assert equal(whole, train(config, 'parts', resume=True))
    assert list(looks(tmp_path / 'work/parts')) == [0, 2, 3]


def test_equal_weights_give_equal_scores(small, tmp_path):
    for name in ('one', 'two'):
        train(small(), name, **{'optim_wrapper.optimizer.lr': 0.0})
    one, two = looks(tmp_path / 'work/one'), looks(tmp_path / 'work/two')
    assert one == two


def test_two_processes_probe_once(small, tmp_path):
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    small().dump(tmp_path / 'probed.py')
    command = ['bash', ROOT / 'tools/dist_train.sh', tmp_path / 'probed.py', '2']
    done = subprocess.run(
        [*map(str, command), '--work-dir', str(tmp_path / 'work')],
        env=dict(os.environ, PORT=port, PATH=path, OMP_NUM_THREADS='1'),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    text = ''.join(p.read_text() for p in (tmp_path / 'work').rglob('scalars.json'))
    assert text.count('probe/e_knn_kappa') == 3


@pytest.mark.parametrize('name', ['interval', 'windows', 'pixels_per_window', 'k'])
def test_zero_is_refused(small, name):
    hook = small().custom_hooks[-1]
    with pytest.raises(ValueError, match=f'{name} of FrozenProbeHook must be at least'):
        HOOKS.build(dict(hook, **{name: 0}))


@pytest.fixture
def plain_scenes(tmp_path, write_raster):
    """A scene of 4 bands with a label all of class 1 and one all of class 2."""
    write_raster(tmp_path / 'images/s.tif', np.full((4, 64, 64), 9, 'uint16'))
    for number in (1, 2):
        path = tmp_path / f'labels_{number}/s.tif'
        write_raster(path, np.full((64, 64), number, 'uint8'))
    return tmp_path


def part(folder, number):
    return dict(data_root=str(folder), images='images', labels=f'labels_{number}')


LABEL, PACK = dict(type='LoadLabel'), dict(type='PackWindow')


@pytest.mark.parametrize(
    'case, message',
    [
        ('no labels', 'has no label to load; set labels'),
        ('not loaded', 'test_dataset of FrozenProbeHook gives no labels'),
        ('no windows', 'test_dataset of FrozenProbeHook has no windows'),
        ('other classes', r"the classes \['water'.* test_dataset \['a', 'b'"),
        ('apart', 'have no class in common, a probe needs two'),
        ('single', 'have crop rows in common, a probe needs two'),
        ('bands', 'is read with 1 band but the model takes 4'),
    ],
)
def test_bad_data_is_refused_before_training(small, plain_scenes, case, message):
    hook = small().custom_hooks[-1]
    train_part, test_part = {
        'no labels': (dict(labels=None), {}),
        'not loaded': ({}, dict(pipeline=[dict(type='LoadRaster'), PACK])),
        'no windows': ({}, dict(sampling=dict(num_windows=0))),
        'other classes': ({}, dict(classes=list('abcdefg'))),
        'apart': (part(plain_scenes, 1), part(plain_scenes, 2)),
        'single': ({}, part(plain_scenes, 2)),
        'bands': (
            dict(pipeline=[dict(type='LoadRaster', bands=[1]), LABEL, PACK]),
            {},
        ),
    }[case]
    hook.train_dataset.update(train_part)
    hook.test_dataset.update(test_part)
    # Any process checks; only the first one probes.
    with pytest.raises(ValueError, match=message):
        HOOKS.build(hook).before_train(SimpleNamespace(model=nn.Conv2d(4, 1, 1)))


def test_what_only_the_cells_show_stops_the_run_at_its_start(small, tmp_path):
    config = small()
    config.custom_hooks[-1].k = 65
    with pytest.raises(ValueError, match=r'65 neighbours cannot be taken of \d+ la'):
        train(config, 'many')
    assert not list((tmp_path / 'work').rglob('*.pth'))
