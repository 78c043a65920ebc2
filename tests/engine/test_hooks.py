"""Hooks in a real runner on real rasters."""

import errno
import os
import re

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import MODELS, DefaultScope
from mmengine.runner import Runner

from glcnet_mm.engine.hooks.collapse_monitor import CollapseMonitorHook
from glcnet_mm.engine.hooks.fan_in import FanInInitHook
from glcnet_mm.engine.hooks.safe_checkpoint import AtomicLocalBackend
from glcnet_mm.engine.newest_checkpoint import fall_back_to_intact, is_intact
from glcnet_mm.launch import build_runner
from glcnet_mm.models.weights.checkpoints import read_checkpoint

CROP = dict(type='CropResize', size=32)


@pytest.fixture
def config(tmp_path, write_raster):
    """A small GLCNet with dropout on two rasters; iterations by default."""
    for seed in range(2):
        pixels = np.random.default_rng(seed).integers(1, 255, (3, 80, 80), 'uint8')
        write_raster(tmp_path / f'images/{seed}.tif', pixels)
    root = os.path.join(os.path.dirname(__file__), '../../configs/_base_')
    config = Config.fromfile(f'{root}/models/glcnet_r50.py')
    config.merge_from_dict(
        Config.fromfile(f'{root}/default_runtime.py').to_dict(), allow_list_keys=False
    )
    model = config.model
    model.backbone.update(depth=18, base_channels=8, in_channels=3)
    model.neck.decode_head.update(
        in_channels=64, channels=8, c1_in_channels=8, decoder_dropout=0.5
    )
    for head in (model.global_head, model.local_head):
        head.update(in_channels=8, embedding_channels=8)
    model.local_head.side = 8
    config.train_dataloader = dict(
        batch_size=2,
        num_workers=0,
        drop_last=True,
        sampler=dict(type='InfinitePerSampleSampler'),
        collate_fn=dict(type='stack_samples'),
        dataset=dict(
            type='WindowDataset',
            images=str(tmp_path / 'images'),
            window=48,
            sampling=dict(num_windows=6),
            pipeline=[
                dict(type='LoadRaster'),
                dict(
                    type='MakeViews',
                    views=[
                        dict(geometry=[CROP]),
                        dict(geometry=[CROP, dict(type='FlipAxes')]),
                    ],
                ),
                dict(type='PackViews'),
            ],
        ),
    )
    config.optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
    config.param_scheduler = dict(type='CosineAnnealingLR', T_max=6, by_epoch=False)
    config.train_cfg = dict(type='IterBasedTrainLoop', max_iters=6)
    config.default_hooks = dict(
        logger=dict(type='LoggerHook', interval=1),
        checkpoint=dict(
            type='SafeCheckpointHook', interval=1, by_epoch=False, max_keep_ckpts=2
        ),
    )
    config.custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
    config.log_level = 'WARNING'
    config.vis_backends = [dict(type='LocalVisBackend')]
    config.visualizer.vis_backends = config.vis_backends
    config.work_dir = str(tmp_path / 'work')
    return config


def by_epochs(config):
    """The same run counted in epochs of three steps."""
    config.train_dataloader.sampler = dict(type='PerSampleSampler')
    config.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
    config.default_hooks.checkpoint = dict(type='SafeCheckpointHook', interval=1)


def train(config, work_dir, resume=False, **changes):
    config = config.copy()
    config.work_dir, config.resume = str(work_dir), resume
    config.experiment_name = f'{os.path.basename(work_dir)}_{resume}_{id(config)}'
    config.merge_from_dict(changes)
    runner = Runner.from_cfg(config)
    runner.train()
    return {k: v.clone() for k, v in runner.model.state_dict().items()}, runner


def equal(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


class Stop(Exception):
    pass


def stop_after(step):
    """A hook that ends a run hard after a step."""
    from mmengine.hooks import Hook

    class StopHook(Hook):
        priority = 'LOWEST'

        def after_train_iter(self, runner, *args, **kwargs):
            if runner.iter + 1 == step:
                raise Stop

    return StopHook()


def interrupted(config, work_dir, step):
    config = config.copy()
    config.work_dir = str(work_dir)
    config.experiment_name = f'interrupted_{os.path.basename(work_dir)}'
    runner = Runner.from_cfg(config)
    runner.register_hook(stop_after(step))
    with pytest.raises(Stop):
        runner.train()


@pytest.mark.parametrize('workers', [0, 2])
@pytest.mark.parametrize('epochs', [False, True])
def test_a_resumed_run_ends_with_the_same_bits(config, tmp_path, epochs, workers):
    if epochs:
        by_epochs(config)
    config.train_dataloader.num_workers = workers
    whole, _ = train(config, tmp_path / 'whole')
    interrupted(config, tmp_path / 'parts', 4)
    resumed, _ = train(config, tmp_path / 'parts', resume=True)
    assert equal(whole, resumed)
    config.randomness = dict(seed=1)
    other, _ = train(config, tmp_path / 'other')
    assert not equal(whole, other)


def test_a_damaged_checkpoint_falls_back_and_says_so(config, tmp_path, caplog):
    whole, _ = train(config, tmp_path / 'whole')
    work = tmp_path / 'parts'
    interrupted(config, work, 5)
    last = work / 'iter_5.pth'
    assert sorted(p.name for p in work.glob('*.pth')) == ['iter_4.pth', 'iter_5.pth']
    last.write_bytes(last.read_bytes()[:-900])
    assert not is_intact(last)
    resumed, runner = train(config, work, resume=True)
    assert equal(whole, resumed)
    log = next(p for p in work.rglob('*.log') if 'resuming from' in p.read_text())
    assert 'iter_5.pth is damaged' in log.read_text()


def test_all_damaged_and_empty_pointer(config, tmp_path):
    work = tmp_path / 'parts'
    interrupted(config, work, 3)
    (work / 'last_checkpoint').write_text('')
    _, runner = train(config, work, resume=True)
    for path in work.glob('*.pth'):
        path.write_bytes(b'damaged')
    with pytest.raises(ValueError, match='All 2 checkpoints in .* are damaged'):
        fall_back_to_intact(runner, work, 'iter_{}.pth')


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / 'a.pth'
    backend = AtomicLocalBackend()
    backend.put(b'old', target)

    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='a.pth could not be written .No space left'):
        backend.put(b'new', target)
    assert target.read_bytes() == b'old'
    assert [p.name for p in tmp_path.iterdir()] == ['a.pth']


def test_the_old_checkpoint_goes_only_after_the_new_is_there(
    config, tmp_path, monkeypatch
):
    config.default_hooks.checkpoint.max_keep_ckpts = 1
    put, seen = AtomicLocalBackend.put, []

    def watch(self, obj, filepath):
        seen.append(len(list((tmp_path / 'w').glob('iter_*.pth'))))
        put(self, obj, filepath)
        seen.append(len(list((tmp_path / 'w').glob('iter_*.pth'))))

    monkeypatch.setattr(AtomicLocalBackend, 'put', watch)
    train(config, tmp_path / 'w')
    assert seen[:4] == [0, 1, 1, 2]
    assert len(list((tmp_path / 'w').glob('iter_*.pth'))) == 1


def test_other_batch_size_warns_on_resume(config, tmp_path):
    interrupted(config, tmp_path / 'w', 3)
    train(config, tmp_path / 'w', resume=True, **{'train_dataloader.batch_size': 3})
    logs = ''.join(p.read_text() for p in (tmp_path / 'w').rglob('*.log'))
    assert '1 processes with 2 samples each, this run on 1 with 3' in logs


def test_stock_sampler_and_small_sets_are_refused(config, tmp_path):
    stock = {'train_dataloader.sampler': dict(type='InfiniteSampler', _delete_=True)}
    with pytest.raises(ValueError, match='InfiniteSampler repeats the same draws'):
        train(config, tmp_path / 'a', **stock)
    with pytest.raises(ValueError, match='6 windows .* fewer than one batch of 9'):
        train(config, tmp_path / 'b', **{'train_dataloader.batch_size': 9})


def test_other_bands_than_the_model_takes_are_refused(config, tmp_path):
    with pytest.raises(ValueError, match='0.tif is read with 3 bands .* takes 5'):
        train(config, tmp_path / 'a', **{'model.backbone.in_channels': 5})
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline[0] = dict(type='LoadRaster', bands=[1, 2])
    with pytest.raises(ValueError, match='read with 2 bands .* takes 3'):
        train(config, tmp_path / 'b')


def test_rasters_smaller_than_the_window_are_named(config, tmp_path):
    train(config, tmp_path / 'w', **{'train_dataloader.dataset.window': 90})
    logs = ''.join(p.read_text() for p in (tmp_path / 'w').rglob('*.log'))
    assert '2 rasters are smaller than the window of 90 px' in logs
    assert 'images/0.tif; what is missing is padded' in logs


def test_summary_table_and_figures(config, tmp_path):
    config.log_level = 'INFO'
    config.custom_hooks += [dict(type='ViewRegionHook', interval=4)]
    train(config, tmp_path / 'w')
    logs = ''.join(p.read_text() for p in (tmp_path / 'w').rglob('*.log'))
    assert re.search(r'rasters +2 of \d+x\d+ px\n', logs)
    for part in ('6 per epoch, 2 per batch', '3 of uint8', '100.0%'):
        assert part in logs
    figures = sorted(p.name for p in (tmp_path / 'w').rglob('views_*.png'))
    assert {'views_1.png', 'views_4.png'} <= set(figures)


class FakeRunner:
    iter = 0

    def __init__(self):
        self.messages = []
        self.logger = self

    def warning(self, text):
        self.messages.append(text)


def test_monitor_warns_of_a_collapse_once_and_stops_at_nan():
    hook, runner = CollapseMonitorHook(interval=1, patience=3), FakeRunner()
    for std in (0.9, 0.05, 0.05, 0.9, 0.05, 0.05, 0.05, 0.05):
        hook.after_train_iter(
            runner, 0, outputs=dict(loss=torch.ones(()), global_std=std)
        )
    assert len(runner.messages) == 1
    assert 'global_std has been under 0.1 for 3 looks' in runner.messages[0]
    with pytest.raises(FloatingPointError, match='loss is nan at iteration 1'):
        hook.after_train_iter(runner, 0, outputs=dict(loss=torch.tensor(np.nan)))


def log_of(work_dir):
    return next(work_dir.rglob('*.log')).read_text()


@pytest.mark.parametrize('published', [False, True])
def test_weights_that_meet_no_data_are_named_at_the_start(config, tmp_path, published):
    """Views of 32 px have maps of 2 x 2 cells; no run is asked for the hook."""
    config.log_level, config.train_cfg.max_iters = 'INFO', 2
    if published:
        config.default_hooks.dead_taps = dict(type='DeadTapsHook', published=True)
    # Without the hook, for a comparison of weights.
    plain, _ = train(config.copy(), tmp_path / 'plain')
    watched = config.copy()
    watched.work_dir = str(tmp_path / 'watched')
    watched.experiment_name = f'watched_{published}'
    runner = build_runner(watched)
    runner.train()
    assert equal(plain, runner.model.state_dict())
    text = log_of(tmp_path / 'watched')
    line = 'neck.decode_head.aspp_modules.3.conv (3x3, rate 9) on a map of 2 x 2 cells'
    assert (line in text) != published and ('As published' in text) == published
    left = [m for m in runner.model.modules() if m._forward_hooks]
    assert left == [runner.model.neck.decode_head.bottleneck]  # the neck's own


def test_the_weights_of_the_lowest_loss_are_kept(config, tmp_path, monkeypatch):
    """The lowest mean of an epoch counts, also of one before the run was stopped."""
    by_epochs(config)
    config.train_cfg.max_epochs = 4
    config.custom_hooks += [dict(type='LowestLossHook')]
    # Means 4, 2, 3, 1.
    losses = iter([3.0, 4.0, 5.0, 0.0, 1.0, 5.0, 3.0, 3.0, 3.0, 3.0, 0.0, 0.0])
    kept = []

    class Losses(Hook):
        priority = 'HIGH'

        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            outputs['loss'] = torch.tensor(next(losses))

        def before_train_epoch(self, runner):
            path = tmp_path / 'w/lowest_loss.pth'
            kept.append(read_checkpoint(path).weights if path.exists() else None)
            if runner.epoch == 2 and len(kept) == 3:
                raise Stop

    for resume in (False, True):
        again = config.copy()
        again.work_dir, again.resume = str(tmp_path / 'w'), resume
        again.experiment_name = f'lowest_{resume}'
        runner = Runner.from_cfg(again)
        runner.register_hook(Losses())
        if not resume:
            with pytest.raises(Stop):
                runner.train()
    runner.train()
    last = read_checkpoint(tmp_path / 'w/lowest_loss.pth').weights
    before, first, second, resumed, third = kept
    assert before is None and equal(second, resumed) and equal(second, third)
    assert not equal(first, second) and not equal(second, last)
    assert equal(last, runner.model.state_dict())
    assert sorted(torch.load(tmp_path / 'w/lowest_loss.pth', weights_only=False)) == [
        'message_hub',
        'meta',
        'state_dict',
    ]


def test_the_lowest_loss_needs_epochs(config, tmp_path):
    config.custom_hooks += [dict(type='LowestLossHook')]
    with pytest.raises(ValueError, match='compares epochs, but train_cfg counts'):
        train(config, tmp_path / 'w')


def test_initialisation_by_inputs(config):
    """Standard deviations of the authors' network: sqrt(2 / inputs), but the stem's."""
    DefaultScope.get_instance('fan_in', scope_name='mmseg')
    model = MODELS.build(config.model)
    hook = FanInInitHook(['local_head.reduction'], ['backbone.conv1'])
    untouched = model.global_head.projection[0].weight.clone()
    hook.draw(model)
    head = model.neck.decode_head
    for weight in (
        model.backbone.layer4[0].conv2.weight,
        head.aspp_modules[3].conv.weight,
        head.bottleneck.conv.weight,
        model.local_head.reduction.weight,
    ):
        expected = (2 / weight[0].numel()) ** 0.5
        # Of n values the spread is known to 1 / sqrt(2 n).
        allowed = 4 / (2 * weight.numel()) ** 0.5
        assert weight.std().item() / expected == pytest.approx(1, abs=allowed)
    stem = model.backbone.conv1.weight
    bound = (1 / stem[0].numel()) ** 0.5  # uniform, as PyTorch draws
    assert 0.9 * bound < stem.abs().max().item() <= bound
    assert torch.equal(untouched, model.global_head.projection[0].weight)
    with pytest.raises(ValueError, match='names "stem", but GLCNet has no module'):
        FanInInitHook(default=['stem']).draw(model)
