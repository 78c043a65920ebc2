"""Ways to fine-tune that keep what was learnt, in a real runner on real rasters."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DATASETS, MODELS, DefaultScope
from mmengine.runner import Runner

from glcnet_mm.engine.hooks.probe_features import probe_features
from glcnet_mm.engine.layer_decay import layer_depths
from glcnet_mm.evaluation import logistic_probe
from tests.processes import another_has_nan

CONFIGS = Path(__file__).parents[2] / 'configs'
LEVEL = 'encoder'


@pytest.fixture
def config(tmp_path, write_raster):
    """A tiny DeepLabV3+ that starts from a checkpoint, on two labelled rasters."""
    rng = np.random.default_rng(0)
    for name in ('train', 'val', 'test'):
        labels = rng.integers(0, 2, (4, 4), 'uint8').repeat(16, 0).repeat(16, 1)
        pixels = 90 + 60 * labels + rng.normal(0, 9, (3, *labels.shape))
        write_raster(tmp_path / f'{name}/images/a.tif', pixels.astype('uint8'))
        write_raster(tmp_path / f'{name}/labels/a.tif', labels)
    config = Config.fromfile(
        CONFIGS / 'deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
    )
    config.model.backbone.update(base_channels=8, in_channels=3)
    config.model.decode_head.update(
        in_channels=64, channels=16, c1_in_channels=8, num_classes=2
    )
    config.model.data_preprocessor.update(mean=127.5, std=80.0)
    for name in ('train', 'test'):
        loader = config[f'{name}_dataloader']
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        loader.dataset.update(
            data_root=str(tmp_path / name),
            images='images',
            labels='labels',
            classes=['dark', 'bright'],
            palette=[(0, 0, 0), (9, 9, 9)],
            window=32,
        )
    config.train_dataloader.dataset.pipeline[2].value_range = (0, 255)
    config.optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05))
    config.param_scheduler = dict(type='PolyLR', power=0.9, by_epoch=False, end=6)
    config.train_cfg.update(max_iters=6)
    config.default_hooks.checkpoint.update(interval=1)
    config.log_level = 'ERROR'
    config.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    torch.manual_seed(5)
    torch.save(build(config).state_dict(), tmp_path / 'start.pth')
    load = dict(type='LoadPretrainedHook', level=LEVEL)
    load['checkpoint'] = str(tmp_path / 'start.pth')
    config.custom_hooks = [*config.custom_hooks, load]
    return config


def build(config):
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config.model)
        model.init_weights()
        return model


class Trace(Hook):
    """Keeps the weights after every iteration, and ends a run where it is told."""

    priority = 'LOWEST'

    def __init__(self, stop=None):
        self.stop, self.states, self.rates = stop, [], []

    def before_train(self, runner):
        self.keep(runner)

    def keep(self, runner):
        state = runner.model.state_dict()
        self.states.append({n: v.clone() for n, v in state.items()})

    def before_train_iter(self, runner, *args, **kwargs):
        self.rates.append(runner.optim_wrapper.optimizer.param_groups[0]['lr'])

    def after_train_iter(self, runner, *args, **kwargs):
        self.keep(runner)
        if runner.iter + 1 == self.stop:
            raise KeyboardInterrupt


def train(config, folder, *hooks, stop=None, resume=False):
    """Trains with further hooks; returns the runner and the trace."""
    config = config.copy()
    config.custom_hooks = [*config.custom_hooks, *hooks]
    config.work_dir, config.resume = str(folder), resume
    config.experiment_name = f'{Path(folder).name}_{resume}_{id(config)}'
    runner = Runner.from_cfg(config)
    trace = Trace(stop)
    runner.register_hook(trace)
    if stop:
        with pytest.raises(KeyboardInterrupt):
            runner.train()
    else:
        runner.train()
    return runner, trace


def equal(a, b, names=None):
    return all(torch.equal(a[n], b[n]) for n in names or a)


def loaded(names):
    """The weights of the level, named by hand."""
    parts = ('backbone.', 'decode_head.image_pool.', 'decode_head.aspp_modules.')
    return [n for n in names if n.startswith((*parts, 'decode_head.bottleneck.'))]


def test_the_head_trains_first_and_then_all(config, tmp_path):
    hook = dict(type='HeadFirstHook', iterations=3, level=LEVEL)
    _, trace = train(config, tmp_path / 'a', hook)
    start = torch.load(tmp_path / 'start.pth')
    names = loaded(start)
    assert 20 < len(names) < len(start)
    # Batch statistics and counters are among the names.
    for state in trace.states[:4]:
        assert equal(start, state, names)
    after = trace.states[4]
    moving = [n for n in names if not torch.equal(after[n], start[n])]
    assert any(n.endswith('running_mean') for n in moving)
    assert {'backbone.conv1.weight', 'decode_head.bottleneck.conv.weight'} <= set(
        moving
    )
    new = 'decode_head.conv_seg.weight'
    assert not torch.equal(trace.states[0][new], trace.states[1][new])
    with pytest.raises(ValueError, match='freezes 6 iterations of 6'):
        train(config, tmp_path / 'b', dict(hook, iterations=6))


def test_what_the_config_freezes_stays_frozen(config, tmp_path):
    config.model.backbone.frozen_stages = 1
    hook = dict(type='HeadFirstHook', iterations=3, level=LEVEL)
    _, trace = train(config, tmp_path / 'a', hook)
    stage = [n for n in trace.states[0] if n.startswith('backbone.layer1')]
    assert equal(trace.states[0], trace.states[-1], stage)
    last = 'backbone.layer4.0.conv1.weight'
    assert not torch.equal(trace.states[0][last], trace.states[-1][last])


def test_rates_fall_with_depth():
    config = Config.fromfile(
        CONFIGS / 'deeplabv3plus/deeplabv3plus_r18_random_small_sample.py'
    )
    model = build(config)
    wrapper = dict(
        optimizer=dict(type='Adam', lr=0.1),
        constructor='LayerDecayConstructor',
        paramwise_cfg=dict(layer_decay=0.5, level=LEVEL),
    )
    with DefaultScope.overwrite_default_scope('mmseg'):
        groups = build_optim_wrapper(model, wrapper).optimizer.param_groups
        wrapper['paramwise_cfg']['custom_keys'] = {'layer2': dict(lr_mult=0.1)}
        further = build_optim_wrapper(model, wrapper).optimizer.param_groups
    names = {id(p): n for n, p in model.named_parameters()}
    rates = {names[id(g['params'][0])]: g['lr'] for g in groups}
    assert set(rates) == set(names.values())
    expected = {
        'decode_head.conv_seg.weight': 0.1,
        'decode_head.decoder.0.conv.weight': 0.1,
        'decode_head.c1_bottleneck.conv.weight': 0.1,
        'decode_head.bottleneck.conv.weight': 0.1 / 2,
        'decode_head.aspp_modules.2.bn.bias': 0.1 / 2,
        'backbone.layer4.1.conv2.weight': 0.1 / 4,
        'backbone.layer3.0.bn1.weight': 0.1 / 8,
        'backbone.layer2.0.conv1.weight': 0.1 / 16,
        'backbone.layer1.0.conv1.weight': 0.1 / 32,
        'backbone.conv1.weight': 0.1 / 64,
        'backbone.bn1.bias': 0.1 / 64,
    }
    assert {name: rates[name] for name in expected} == pytest.approx(expected)
    for group in further:
        name = names[id(group['params'][0])]
        factor = 0.1 if 'layer2' in name else 1
        assert group['lr'] == pytest.approx(rates[name] * factor)


def test_depths_of_other_backbones():
    names = ['conv_stem.weight', 'blocks.0.0.bn.bias', 'blocks.1.0.bn.bias']
    names = [f'backbone.timm_model.{n}' for n in names] + ['decode_head.conv_seg.bias']
    assert list(layer_depths(names, 'backbone').values()) == [3, 2, 1, 0]
    names = ['backbone.optical.layer1.0.x', 'backbone.sar.layer2.0.x']
    assert list(layer_depths(names, 'backbone').values()) == [2, 1]


@pytest.mark.parametrize('optimizer', ['SGD', 'Adam'])
def test_decay_towards_the_loaded_weights(config, tmp_path, optimizer):
    """Step by step: what the optimiser does plus lr * strength * (w0 - w)."""
    config.optim_wrapper = dict(optimizer=dict(type=optimizer, lr=0.05))
    config.train_cfg.max_iters = 2
    _, plain = train(config, tmp_path / 'plain')
    hook = dict(type='L2SPHook', strength=3.0, level=LEVEL)
    _, drawn = train(config, tmp_path / 'drawn', hook)
    start = torch.load(tmp_path / 'start.pth')
    weights = [n for n in loaded(start) if n.endswith(('weight', 'bias'))]
    # At the start the penalty is 0; the first step is the same.
    assert equal(plain.states[1], drawn.states[1])
    for name in weights:
        before = drawn.states[1][name]
        gone = drawn.states[2][name] - plain.states[2][name]
        expected = drawn.rates[1] * 3.0 * (start[name] - before)
        # One step from equal weights: gradients, and what Adam remembers, are equal.
        torch.testing.assert_close(gone, expected, atol=1e-6, rtol=1e-3)
    new = 'decode_head.conv_seg.weight'
    assert torch.equal(plain.states[2][new], drawn.states[2][new])


def test_the_average_is_what_is_tested_and_saved(config, tmp_path):
    hook = dict(type='WeightAverageHook', momentum=0.25)
    runner, trace = train(config, tmp_path / 'a', hook)
    average = {n: v.double() for n, v in trace.states[1].items()}
    for state in trace.states[2:]:
        for name, value in average.items():
            average[name] = value + 0.25 * (state[name].double() - value)
    saved = torch.load(tmp_path / 'a/iter_6.pth', weights_only=False)
    names = [n for n in average if not n.endswith('num_batches_tracked')]
    for name in names:
        expected = average[name].float()
        torch.testing.assert_close(saved['state_dict'][name], expected)
    seen = {}

    class Look(Hook):
        def before_test_iter(self, runner, *args, **kwargs):
            seen.update({n: v.clone() for n, v in runner.model.state_dict().items()})

    runner.register_hook(Look())
    runner.test()
    assert equal(seen, saved['state_dict'], names)
    assert equal(runner.model.state_dict(), trace.states[-1])


def validated(config, tmp_path, interval=1):
    loader = config.test_dataloader.copy()
    loader.dataset = dict(loader.dataset, data_root=str(tmp_path / 'val'))
    config.val_dataloader = loader
    config.val_cfg = dict(type='ValLoop')
    config.val_evaluator = dict(type='ConfusionMatrixMetric')
    config.train_cfg.val_interval = interval


class Scores(Hook):
    """What each validation found, by iteration."""

    def __init__(self):
        self.found = {}

    def after_val_epoch(self, runner, metrics=None):
        self.found[runner.iter] = metrics['Kappa']


def test_a_training_ends_with_the_weights_that_score_best(config, tmp_path):
    validated(config, tmp_path)
    config.optim_wrapper.optimizer.lr = 1.0  # far too much: scores go up and down
    config.train_cfg.max_iters = 12
    hook = dict(type='EarlyStopHook', patience=3)
    scores = Scores()
    settings = config.copy()
    settings.custom_hooks = [*config.custom_hooks, hook]
    settings.work_dir = str(tmp_path / 'a')
    settings.experiment_name = 'early_stop'
    runner, trace = Runner.from_cfg(settings), Trace()
    for further in (scores, trace):
        runner.register_hook(further)
    runner.train()
    best = max(scores.found, key=scores.found.get)
    last = max(scores.found)
    assert last == min(12, best + 3)
    assert equal(runner.model.state_dict(), trace.states[best])
    saved = torch.load(tmp_path / 'a/best.pth', weights_only=False)
    assert equal(saved['state_dict'], trace.states[best])


def test_the_best_weights_are_written_when_all_processes_found_them_whole(
    config, tmp_path, monkeypatch
):
    """Only the first writes, and it must not end while the others go on."""
    validated(config, tmp_path)
    config.default_hooks.checkpoint.update(interval=100, save_last=False)
    asked = another_has_nan(monkeypatch)
    with pytest.raises(FloatingPointError, match='x has values .* in process 1'):
        train(config, tmp_path / 'a', dict(type='EarlyStopHook'))
    assert asked == ['min'] and not (tmp_path / 'a/best.pth').exists()


def test_the_test_set_stops_nothing(config, tmp_path):
    hook = dict(type='EarlyStopHook')
    with pytest.raises(ValueError, match='nothing to go by'):
        train(config, tmp_path / 'a', hook)
    validated(config, tmp_path)
    config.val_dataloader.dataset = config.test_dataloader.dataset
    with pytest.raises(ValueError, match='reads the test set'):
        train(config, tmp_path / 'b', hook)


def test_the_start_is_probed_and_nothing_changes(config, tmp_path):
    """The score is that of the loaded weights, not of what training makes of them."""
    steps = config.test_dataloader.dataset.pipeline
    sets = [
        dict(config[f'{name}_dataloader'].dataset, pipeline=steps)
        for name in ('train', 'test')
    ]
    plain, _ = train(config, tmp_path / 'plain')
    out = tmp_path / 'probe.json'
    hook = dict(type='StartProbeHook', out_file=str(out), level=LEVEL)
    hook.update(train_dataset=sets[0], test_dataset=sets[1])
    probed, _ = train(config, tmp_path / 'probed', hook)
    assert equal(plain.model.state_dict(), probed.model.state_dict())
    model = build(config)
    model.load_state_dict(torch.load(tmp_path / 'start.pth'))
    model.eval()
    with torch.no_grad():
        read = [probe_features(model, DATASETS.build(s), 250, 64)['e'] for s in sets]
    expected = logistic_probe(*read[0], *read[1], 2)
    assert json.loads(out.read_text()) == dict(map='e', **expected)


@pytest.mark.parametrize('stop', [2, 4])
def test_all_of_them_resume_exactly(config, tmp_path, stop):
    validated(config, tmp_path, interval=2)
    config.optim_wrapper = dict(
        optimizer=dict(type='Adam', lr=0.05),
        constructor='LayerDecayConstructor',
        paramwise_cfg=dict(layer_decay=0.5, level=LEVEL),
    )
    hooks = (
        dict(type='HeadFirstHook', iterations=3, level=LEVEL),
        dict(type='L2SPHook', strength=1.0, level=LEVEL),
        dict(type='WeightAverageHook', momentum=0.3),
        dict(type='EarlyStopHook', patience=1),
    )
    whole, _ = train(config, tmp_path / 'whole', *hooks)
    train(config, tmp_path / 'parts', *hooks, stop=stop)
    (tmp_path / 'start.pth').unlink()
    resumed, _ = train(config, tmp_path / 'parts', *hooks, resume=True)
    assert whole.iter == resumed.iter
    assert equal(whole.model.state_dict(), resumed.model.state_dict())
    best = [
        torch.load(tmp_path / f'{n}/best.pth', weights_only=False)
        for n in ('whole', 'parts')
    ]
    assert equal(*(content['state_dict'] for content in best))
    assert whole.test() == resumed.test()
