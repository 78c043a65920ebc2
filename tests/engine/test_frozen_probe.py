"""Probes in real runs of every algorithm, which they must leave as they are."""

import json
import os
import random
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
from mmengine.registry import HOOKS, MODELS, DefaultScope
from mmengine.runner import Runner
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import nn

from glcnet_mm.engine.probe_features import (
    cell_labels,
    feature_maps,
    pick_windows,
    probe_features,
)
from glcnet_mm.engine.untouched import untouched
from glcnet_mm.experiments.sample import make_sample
from glcnet_mm.models.checkpoints import read_checkpoint

ROOT = Path(__file__).parents[2]
SMALL = ROOT / 'configs/small'
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
    """Three steps of a small config with the probe of ``glcnet_probed``."""

    def load(name='glcnet', exact=True):
        config = Config.fromfile(SMALL / f'{name}.py')
        hook = Config.fromfile(SMALL / 'glcnet_probed.py').custom_hooks[-1]
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
        loader.dataset.update(data_root=str(sample), num_windows=8)
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
        ('glcnet_noglobal', 'ed'),
        ('glcnet_nolocal', 'e'),
        ('glcnet_nostyle', 'ed'),
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
    environment = dict(os.environ, PORT=port, PATH=path, OMP_NUM_THREADS='1')
    probed = small()
    weights = []
    for name, config in dict(probed=probed, plain=without_probe(probed)).items():
        config.dump(tmp_path / f'{name}.py')
        command = ['bash', ROOT / 'tools/dist_train.sh', tmp_path / f'{name}.py', '2']
        done = subprocess.run(
            [*map(str, command), '--work-dir', str(tmp_path / name)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        weights.append(read_checkpoint(tmp_path / name / 'iter_3.pth'))
    assert equal(*weights)
    lines = [p.read_text() for p in (tmp_path / 'probed').rglob('scalars.json')]
    assert ''.join(lines).count('probe/e_knn_kappa') == 3


def test_the_model_and_the_generators_are_as_before():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(), nn.BatchNorm1d(2))
    model.train()[2].eval()
    modes = [module.training for module in model.modules()]

    def draw():
        return [torch.rand(2).tolist(), np.random.rand(2).tolist(), random.random()]

    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = draw()
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(KeyError), untouched(model):
        out = model(torch.randn(8, 2))
        assert not out.requires_grad and not any(m.training for m in model.modules())
        draw()
        raise KeyError
    assert [module.training for module in model.modules()] == modes
    assert equal(weights, model.state_dict()) and draw() == expected


def test_the_maps_are_those_of_the_neck(small):
    DefaultScope.get_instance('probe', scope_name='mmseg')
    config = small().model
    model = MODELS.build(config).eval()
    images = torch.randn(2, 4, 64, 64)
    with torch.no_grad():
        maps = feature_maps(model, images)
        context, pixels = model.neck(model.backbone(images))
        backbone = feature_maps(SimpleNamespace(backbone=model.backbone), images)
        assert torch.equal(maps['e'], context) and torch.equal(maps['d'], pixels)
        assert torch.equal(backbone['e'], model.backbone(images)[-1])
        with pytest.raises(ValueError, match=r'Flatten has shape \(4096,\)'):
            flat = SimpleNamespace(backbone=nn.Flatten())
            feature_maps(flat, images[:1, 0])


class Windows:
    """Five windows whose image repeats the label and numbers the pixels."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.labels = torch.tensor(rng.integers(0, 3, (5, 1, 16, 16)))
        self.labels[:, :, :8, 8:] = 255
        self.valid = torch.ones_like(self.labels, dtype=torch.bool)
        self.valid[:, :, 8:, :8] = False

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        labels = self.labels[index]
        numbers = 256 * index + torch.arange(256).reshape(1, 16, 16)
        sample = SegDataSample()
        sample.gt_sem_seg = PixelData(data=labels)
        sample.set_data(dict(valid=PixelData(data=self.valid[index])))
        return dict(inputs=torch.cat([labels, numbers]), data_samples=sample)


@pytest.mark.parametrize('pixels, count', [(3, 3), (64, 8)])
def test_features_are_read_at_labelled_cells(pixels, count):
    # Cells of 4 px, each with the value of its centre; half of the 16 are usable.
    model = SimpleNamespace(
        data_preprocessor=lambda data: data,
        backbone=lambda images: (images[..., 2::4, 2::4].float(),),
    )
    windows = Windows()
    found = probe_features(model, windows, 4, pixels)
    features, labels = found['e']
    assert found.keys() == {'e'} and len(labels) == 4 * count
    assert torch.equal(features[:, 0], labels.float())
    numbers = features[:, 1].long()
    assert len(numbers.unique()) == len(numbers)
    assert torch.equal((numbers // 256).unique(), torch.tensor([0, 1, 2, 4]))
    assert torch.equal(windows.labels.flatten()[numbers], labels)
    assert windows.valid.flatten()[numbers].all()
    again, _ = probe_features(model, windows, 4, pixels)['e']
    assert torch.equal(features, again)


def test_centres_of_cells_follow_the_convention_of_the_head():
    labels = torch.arange(81).reshape(1, 9, 9)
    assert cell_labels(labels, (3, 2), True).tolist() == [[[0, 8], [36, 44], [72, 80]]]
    assert cell_labels(labels, (3, 1), False).tolist() == [[[13], [40], [67]]]
    assert cell_labels(labels, (1, 9), True).tolist() == [[list(range(36, 45))]]


def test_windows_are_spread_over_the_data_set():
    assert pick_windows(range(101), 3) == [0, 50, 100]
    assert pick_windows(range(2), 3) == [0, 1]


@pytest.mark.parametrize('name', ['interval', 'windows', 'pixels_per_window', 'k'])
def test_zero_is_refused(small, name):
    hook = small().custom_hooks[-1]
    with pytest.raises(ValueError, match=f'{name} of FrozenProbeHook must be at least'):
        HOOKS.build(dict(hook, **{name: 0}))


def one_class(folder, write_raster, number):
    path = folder / f'labels_{number}/scene.tif'
    write_raster(path, np.full((192, 192), number, 'uint8'))
    return str(path.parent)


def test_bad_data_is_refused_before_training(small, tmp_path, write_raster):
    write_raster(tmp_path / 'images/scene.tif', np.full((4, 192, 192), 9, 'uint16'))
    labels = [one_class(tmp_path, write_raster, number) for number in (1, 2)]
    images = str(tmp_path / 'images')
    pack = [dict(type='LoadRaster'), dict(type='PackWindow')]
    only = dict(images=images, data_root='')
    cases = [
        (dict(labels=None), {}, 'has no label to load; set labels'),
        ({}, dict(pipeline=pack), 'test_dataset of FrozenProbeHook gives no labels'),
        ({}, dict(num_windows=0), 'test_dataset of FrozenProbeHook has no windows'),
        ({}, dict(classes=list('abcdefg')), "water.*test_dataset .'a', 'b'"),
        (dict(only, labels=labels[0]), dict(only, labels=labels[1]), 'have no class'),
        ({}, dict(only, labels=labels[1]), 'have crop rows in common'),
        (
            dict(pipeline=[dict(type='LoadRaster', bands=[1]), *small_pipeline()]),
            {},
            'is read with 1 bands but the model takes 4',
        ),
    ]
    for number, (train_part, test_part, message) in enumerate(cases):
        config = small()
        hook = config.custom_hooks[-1]
        hook.train_dataset.update(train_part)
        hook.test_dataset.update(test_part)
        with pytest.raises(ValueError, match=message):
            train(config, f'case_{number}')
    assert not list((tmp_path / 'work').rglob('scalars.json'))


def small_pipeline():
    return [dict(type='LoadLabel'), dict(type='PackWindow')]
