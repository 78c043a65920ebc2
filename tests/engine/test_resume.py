"""What a run goes on from, what it names and refuses, and how it stops."""

import copy
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from glcnet_mm.engine.newest_checkpoint import can_resume
from glcnet_mm.launch import average_flips
from glcnet_mm.models.weights.safe_pickle import load_safely
from tests.processes import another_has_nan

counter = iter(range(10**6))


@pytest.fixture
def train(finetuning):
    """Trains in a folder beside the config; returns its weights and the runner."""

    def run(folder, hook=None, **changes):
        config = Config.fromfile(finetuning)
        config.work_dir = str(finetuning.parent / folder)
        config.experiment_name = f'{finetuning.parent.name}_{next(counter)}'
        config.merge_from_dict(copy.deepcopy(changes))
        runner = Runner.from_cfg(config)
        if hook is not None:
            runner.register_hook(hook)
        runner.train()
        return {k: v.clone() for k, v in runner.model.state_dict().items()}

    return run


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def log_of(folder):
    return ''.join(path.read_text() for path in folder.rglob('*.log'))


class At(Hook):
    """Does something after an iteration, before the checkpoint is written."""

    priority = 'HIGHEST'

    def __init__(self, iteration, action):
        self.iteration, self.action = iteration, action

    def after_train_iter(self, runner, *args, **kwargs):
        if runner.iter + 1 == self.iteration:
            self.action(runner)


EPOCHS = {
    'train_dataloader.sampler.type': 'PerSampleSampler',
    'train_cfg': dict(type='EpochBasedTrainLoop', max_epochs=3, _delete_=True),
    'param_scheduler.by_epoch': True,
    'param_scheduler.end': 3,
    'default_hooks.checkpoint.by_epoch': True,
}


@pytest.mark.parametrize('changes', [{}, EPOCHS], ids=['iterations', 'epochs'])
@pytest.mark.parametrize('iteration', [1, 2, 3])
def test_sigterm_saves_and_a_resumed_run_goes_on_exactly(
    train, tmp_path, changes, iteration
):
    changes = dict(changes, **{'default_hooks.checkpoint.interval': 2})
    before = signal.getsignal(signal.SIGTERM)
    whole = train('whole', **changes)
    stop = At(iteration, lambda runner: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit) as end:
        train('parts', stop, **changes)
    assert end.value.code == 143
    assert (tmp_path / 'parts/last_checkpoint').read_text().endswith('interrupted.pth')
    assert load_safely(tmp_path / 'parts/interrupted.pth')['meta']['iter'] == iteration
    assert equal(whole, train('parts', resume=True, **changes))
    # What a stop leaves goes with the next checkpoint.
    names = [
        {path.name for path in (tmp_path / run).glob('*.pth')}
        for run in ('whole', 'parts')
    ]
    assert names[0] == names[1]
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_to_every_process_of_the_job_saves(train, tmp_path):
    """As a scheduler does it: to the workers first, whatever group they are in."""
    before, killed = set(multiprocessing.active_children()), []

    def everyone(runner):
        killed.extend(set(multiprocessing.active_children()) - before)
        for worker in killed:
            os.kill(worker.pid, signal.SIGTERM)
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as end:
        train('run', At(2, everyone), **{'train_dataloader.num_workers': 1})
    assert end.value.code == 143 and len(killed) == 1
    assert load_safely(tmp_path / 'run/interrupted.pth')['meta']['iter'] == 2


def test_ctrl_c_saves_and_names_the_command(train, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr('sys.argv', ['tools/train.py', 'my config.py', '--amp'])
    before = signal.getsignal(signal.SIGINT)
    saving = {'default_hooks.checkpoint.interval': 100}
    stop = At(3, lambda runner: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(SystemExit) as end:
        train('run', stop, **saving)
    assert end.value.code == 130
    assert load_safely(tmp_path / 'run/interrupted.pth')['meta']['iter'] == 3
    said = capsys.readouterr().out
    assert "python tools/train.py 'my config.py' --amp --resume" in said
    assert signal.getsignal(signal.SIGINT) is before
    assert equal(train('whole', **saving), train('run', resume=True, **saving))


def test_a_second_ctrl_c_ends_at_once(train, tmp_path):
    def twice(runner):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train('run', At(3, twice), **{'default_hooks.checkpoint.interval': 100})
    signal.signal(signal.SIGINT, before)
    assert not (tmp_path / 'run/interrupted.pth').exists()


def test_no_more_than_the_minutes_asked_for_are_lost(train, tmp_path):
    """Far from the next checkpoint by iterations, a crash costs one iteration."""
    saving = {
        'default_hooks.checkpoint.interval': 100,
        'default_hooks.checkpoint.max_minutes': 1e-9,
    }

    def crash(runner):
        raise RuntimeError('crash')

    with pytest.raises(RuntimeError, match='crash'):
        train('run', At(4, crash), **saving)
    assert load_safely(tmp_path / 'run/interrupted.pth')['meta']['iter'] == 3
    whole = train('whole', **saving)
    assert equal(whole, train('run', resume=True, **saving))
    names = {path.name for path in (tmp_path / 'run').glob('*.pth')}
    assert names == {'iter_4.pth'}


def test_nothing_to_resume_is_said(train, tmp_path):
    assert equal(train('plain'), train('asked', resume=True))
    assert 'has no checkpoint to resume from' in log_of(tmp_path / 'asked')


def test_the_folders_own_checkpoint_comes_before_load_from(train, tmp_path):
    other = train('other', **{'randomness.seed': 5})
    start = str(tmp_path / 'other/iter_4.pth')
    whole = train('whole', load_from=start)
    assert not equal(whole, other)

    def stop(runner):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train('parts', At(3, stop), load_from=start)
    assert equal(whole, train('parts', load_from=start, resume=True))
    # To start over would end with equal weights, too.
    assert 'beginning at iteration 0' not in log_of(tmp_path / 'parts')
    # Without one of its own, the run begins at 0 with those weights.
    assert equal(whole, train('fresh', load_from=start, resume=True))
    assert 'beginning at iteration 0 with the weights' in log_of(tmp_path / 'fresh')


def test_one_of_the_folders_own_can_be_named(train, tmp_path):
    whole = train('run')
    own = str(tmp_path / 'run/iter_2.pth')
    assert equal(whole, train('run', load_from=own, resume=True))
    (tmp_path / 'run/iter_2.pth').write_bytes(b'')
    with pytest.raises(ValueError, match='iter_2.pth is missing, damaged or of no'):
        train('run', load_from=own, resume=True)


@pytest.mark.parametrize('missing', ['meta', 'message_hub', 'state_dict', 'all'])
def test_a_whole_zip_that_is_no_checkpoint_is_passed_over(train, tmp_path, missing):
    whole = train('run')
    last = tmp_path / 'run/iter_4.pth'
    content = load_safely(last)
    if missing == 'all':
        torch.save(torch.ones(3), last)
    else:
        content.pop(missing)
        torch.save(content, last)
    assert not can_resume(last)
    assert equal(whole, train('run', resume=True))
    assert f'resuming from {tmp_path}/run/iter_3.pth instead' in log_of(
        tmp_path / 'run'
    )


def test_a_changed_setting_is_named(train, tmp_path, write_raster):
    train('run', **{'train_cfg.max_iters': 2})
    write_raster(tmp_path / 'images/b.tif', np.full((3, 64, 64), 9, 'uint8'))
    write_raster(tmp_path / 'labels/b.tif', np.ones((64, 64), 'uint8'))
    changes = {
        'train_dataloader.dataset.window': 16,
        'model.decode_head.dropout_ratio': 0.2,
        'optim_wrapper.optimizer.lr': 0.5,
        'optim_wrapper.type': 'OptimWrapper',
        'train_dataloader.num_workers': 1,
    }
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        train('run', resume=True, **changes)
    finally:
        torch.set_num_threads(threads)
    log = log_of(tmp_path / 'run')
    for line in (
        'train_dataloader.dataset.window: 32 there, 16 now',
        'model.decode_head.dropout_ratio: 0.1 there, 0.2 now',
        "optim_wrapper.optimizer.lr: 0.001 there, 0.5 now, and the checkpoint's stays",
        "optim_wrapper.type: 'Bfloat16OptimWrapper' there, 'OptimWrapper' now",
        f'threads: {threads} there, {threads + 1} now',
        'images: 1 (',
        'samples: 4 there, 32 now',
    ):
        assert line in log, line
    assert 'num_workers' not in log.split('resumed with other settings')[1][:2000]


def test_nothing_is_said_when_nothing_has_changed(train, tmp_path):
    train('run', **{'train_cfg.max_iters': 4})
    (tmp_path / 'run/last_checkpoint').write_text(str(tmp_path / 'run/iter_2.pth'))
    train('run', resume=True)
    assert 'other settings' not in log_of(tmp_path / 'run')


@pytest.mark.parametrize(
    ('changes', 'sentence'),
    [
        ({'model.decode_head.channels': 16}, r'its model has changed \(decode_head\.'),
        ({'optim_wrapper.optimizer': dict(type='SGD', lr=0.1, _delete_=True)},
         "optimizer.type was 'Adam' and is 'SGD' now"),
        ({'param_scheduler': dict(type='CosineAnnealingLR', T_max=4, by_epoch=False,
                                  _delete_=True)},
         "schedules were 'PolyLR' and are 'CosineAnnealingLR' now"),
        (EPOCHS, "train_cfg.type was 'IterBasedTrainLoop' and is"),
    ],
)  # fmt: skip
def test_what_cannot_go_on_is_refused(train, changes, sentence):
    train('run', **{'train_cfg.max_iters': 1})
    with pytest.raises(ValueError, match=f'cannot be resumed: .*{sentence}'):
        train('run', resume=True, **changes)


def test_load_from_another_model_is_refused(train, tmp_path):
    torch.save(dict(state_dict={'w': torch.ones(2)}), tmp_path / 'other.pth')
    with pytest.raises(ValueError, match='has no weight of the model: it holds w'):
        train('run', load_from=str(tmp_path / 'other.pth'))


def poison(where):
    def action(runner):
        tensors = dict(runner.model.named_parameters())
        tensors |= dict(runner.model.named_buffers())
        tensors[where].data.view(-1)[0] = float('nan')

    return action


@pytest.mark.parametrize(
    'where', ['decode_head.conv_seg.bias', 'backbone.bn1.running_var']
)
def test_a_state_with_nan_never_replaces_a_good_one(train, tmp_path, where):
    with pytest.raises(
        FloatingPointError, match=f'iteration 3 {where} has .*iter_2.pth is'
    ):
        train('run', At(3, poison(where)), **{'default_hooks.checkpoint.interval': 1})
    names = sorted(path.name for path in (tmp_path / 'run').glob('*.pth'))
    assert names == ['iter_1.pth', 'iter_2.pth']
    assert (tmp_path / 'run/last_checkpoint').read_text().endswith('iter_2.pth')


def test_a_state_with_nan_is_found_at_the_end_without_a_save(train, tmp_path):
    changes = {
        'default_hooks.checkpoint.save_last': False,
        'default_hooks.checkpoint.interval': 100,
    }
    with pytest.raises(FloatingPointError, match='decode_head.conv_seg.bias has'):
        train('run', At(4, poison('decode_head.conv_seg.bias')), **changes)


def test_a_loss_that_was_nan_is_remembered_until_the_save(train, tmp_path):
    """As when a later step happens to bring finite weights back."""

    class Bad(Hook):
        priority = 'VERY_HIGH'

        def after_train_iter(self, runner, batch_idx, data_batch, outputs):
            if runner.iter + 1 == 1:
                outputs['loss'] = outputs['loss'] * float('inf')

    with pytest.raises(FloatingPointError, match='iteration 2 the loss has'):
        train('run', Bad(), **{'default_hooks.checkpoint.interval': 2})
    assert not list((tmp_path / 'run').glob('*.pth'))


class Spoiled(Hook):
    """A high loss in the first epoch; the second ends with NaN in the weights."""

    priority = 'HIGHEST'

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        outputs['loss'] = outputs['loss'] + 100 * (runner.epoch == 0)
        if runner.iter + 1 == 4:
            poison('decode_head.conv_seg.bias')(runner)


def test_no_other_hook_replaces_good_weights_either(train, tmp_path):
    """The loss of an iteration is that of the weights before it."""
    hooks = [dict(type='ExactResumeHook'), dict(type='LowestLossHook')]
    with pytest.raises(FloatingPointError, match='At iteration 4 decode_head.conv_seg'):
        train('run', Spoiled(), **EPOCHS, custom_hooks=hooks)
    kept = load_safely(tmp_path / 'run/lowest_loss.pth')
    assert kept['meta']['iter'] == 2
    assert all(value.isfinite().all() for value in kept['state_dict'].values())
    assert {p.name for p in (tmp_path / 'run').glob('epoch*.pth')} == {'epoch_1.pth'}


def test_nothing_is_saved_between_when_another_process_has_nan(
    train, tmp_path, monkeypatch
):
    another_has_nan(monkeypatch)
    saving = {
        'default_hooks.checkpoint.interval': 100,
        'default_hooks.checkpoint.max_minutes': 1e-9,
    }
    with pytest.raises(FloatingPointError, match='iteration 1 x has .* in process 1'):
        train('run', **saving)
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_what_a_signal_saves_is_looked_at(train, tmp_path):
    def stop(runner):
        poison('decode_head.conv_seg.bias')(runner)
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(FloatingPointError, match=r'iteration 3 .*iter_2.pth is whole'):
        train('run', At(3, stop), **{'default_hooks.checkpoint.interval': 2})
    names = {path.name for path in (tmp_path / 'run').glob('*.pth')}
    assert names == {'iter_2.pth'}


def test_a_learning_rate_that_explodes_leaves_no_checkpoint(train, tmp_path):
    with pytest.raises(FloatingPointError, match='lower the learning rate'):
        train('run', **{'optim_wrapper.optimizer.lr': 1e30})
    for path in (tmp_path / 'run').glob('*.pth'):
        weights = load_safely(path)['state_dict'].values()
        assert all(torch.isfinite(value).all() for value in weights)


def test_two_trainings_in_one_folder(train, tmp_path):
    script = (
        'import sys\nfrom filelock import FileLock\n'
        'with FileLock(sys.argv[1]):\n    print("held", flush=True)\n    input()'
    )
    (tmp_path / 'run').mkdir()
    command = [sys.executable, '-c', script, str(tmp_path / 'run/lock')]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(ValueError, match='Another training is writing to .*run:'):
            train('run')
        other.kill()
    # The lock ends with its holder, however that ends.
    train('run')


def test_temporary_names_follow_no_link(tmp_path, monkeypatch):
    from glcnet_mm import files

    target = tmp_path / 'victim'
    target.write_text('mine')
    guessed = files.partial_name(tmp_path / 'out.json')
    guessed.symlink_to(target)
    monkeypatch.setattr(files, 'partial_name', lambda *_: guessed)
    with pytest.raises(FileExistsError):
        files.write_text(tmp_path / 'out.json', 'other')
    assert target.read_text() == 'mine'


def test_a_batch_of_one_sample_is_refused_before_training(train):
    sentence = 'batch_size of 1, but the batch norm decode_head.image_pool'
    with pytest.raises(ValueError, match=sentence):
        train('run', **{'train_dataloader.batch_size': 1})


def test_a_last_batch_of_one_sample_is_found_in_the_first_iteration(train, tmp_path):
    # Four windows in batches of three.
    changes = dict(EPOCHS, **{'train_dataloader.batch_size': 3})
    seen = []
    sentence = 'last batch of an epoch has 1 of 4 samples, but the batch norm'
    with pytest.raises(ValueError, match=sentence):
        train('run', At(2, seen.append), **changes)
    assert not seen
    train('dropped', **changes, **{'train_dataloader.drop_last': True})


def test_a_test_refuses_half_a_model_and_nan(finetuning, train, tmp_path):
    train('run', **{'train_cfg.max_iters': 1})
    whole = load_safely(tmp_path / 'run/iter_1.pth')['state_dict']
    backbone = {k: v for k, v in whole.items() if k.startswith('backbone')}
    broken = dict(whole)
    broken['backbone.conv1.weight'] = whole['backbone.conv1.weight'] * float('nan')

    def test(name, weights, tta=False):
        torch.save(dict(state_dict=weights), tmp_path / name)
        config = Config.fromfile(finetuning)
        config.load_from = str(tmp_path / name)
        config.work_dir = str(tmp_path / 'test')
        config.experiment_name = f'test_{next(counter)}'
        if tta:
            average_flips(config)
        return Runner.from_cfg(config).test()

    with pytest.raises(ValueError, match='lacks .* the first is decode_head'):
        test('half.pth', backbone)
    with pytest.raises(ValueError, match='or infinite, the first in backbone.conv1'):
        test('nan.pth', broken)
    # A test takes no lock, and finds the model inside the average over flips.
    assert 'Kappa' in test('whole.pth', whole, tta=True)
    assert not (tmp_path / 'test/lock').exists()
