"""Best checkpoints, fallback and leftovers of a small run without rasters."""

import errno
import importlib
import logging
import os
from types import SimpleNamespace

import pytest
import torch
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

from glcnet_mm.engine.hooks.safe_checkpoint import AtomicLocalBackend
from glcnet_mm.engine.newest_checkpoint import (
    can_resume,
    fall_back_to_intact,
    is_intact,
    remove_partial,
)
from glcnet_mm.engine.stop_request import StopRequest
from glcnet_mm.errors import MissingFileError
from glcnet_mm.models.weights import safe_load
from glcnet_mm.models.weights.safe_pickle import HAS_ALLOW_LIST, load_safely
from tests.processes import another_has_nan


class Numbers(Dataset):
    """Eight fixed numbers."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return dict(inputs=torch.full((1,), float(index)))


class Toy(BaseModel):
    """One weight and dropout."""

    def __init__(self):
        super().__init__()
        self.layer, self.dropout = nn.Linear(1, 1), nn.Dropout(0.5)

    def forward(self, inputs, mode):
        value = self.layer(self.dropout(torch.stack(inputs)))
        return dict(loss=value.square().mean()) if mode == 'loss' else [value]


class Rising(BaseMetric):
    """A score that rises with every validation."""

    score = 0

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        Rising.score += 1
        return dict(score=Rising.score)


def loader():
    sampler = dict(type='DefaultSampler', shuffle=True)
    return dict(dataset=Numbers(), batch_size=4, num_workers=0, sampler=sampler)


def toy_runner(work_dir, epochs=3, seed=0, resume=False, **checkpoint):
    torch.manual_seed(0)
    return Runner(
        Toy(),
        str(work_dir),
        train_dataloader=loader(),
        val_dataloader=loader(),
        val_evaluator=[Rising()],
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        val_cfg=dict(),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9)),
        default_hooks=dict(checkpoint=dict(type='SafeCheckpointHook', **checkpoint)),
        custom_hooks=[dict(type='ExactResumeHook')],
        randomness=dict(seed=seed),
        resume=resume,
        log_level='WARNING',
        experiment_name=f'{work_dir.name}_{epochs}_{seed}_{resume}',
    )


class Watched(StopRequest):
    """Asked to stop after the first iteration; what was made of it is noted."""

    noted = ()

    def __init__(self, timeout):
        super().__init__(timeout)
        Watched.noted = [timeout]

    def agreed(self, due=False):
        return True, due

    def wait_for_all(self):
        Watched.noted.append('waited')


def test_the_others_are_waited_for_as_long_as_the_config_says(tmp_path, monkeypatch):
    name = 'glcnet_mm.engine.hooks.safe_checkpoint.StopRequest'
    monkeypatch.setattr(name, Watched)
    runner = toy_runner(tmp_path, interval=1)
    runner.cfg.env_cfg = dict(dist_cfg=dict(timeout=7))
    with pytest.raises(SystemExit) as ended:
        runner.train()
    assert ended.value.code == 143 and Watched.noted == [7, 'waited']


def test_the_best_is_replaced_only_after_its_successor(tmp_path, monkeypatch):
    put, before = AtomicLocalBackend.put, []

    def watch(self, obj, filepath):
        if 'best_score' in str(filepath):
            before.append(len(list(tmp_path.glob('best_*.pth'))))
        put(self, obj, filepath)

    monkeypatch.setattr(AtomicLocalBackend, 'put', watch)
    toy_runner(
        tmp_path, save_best='score', rule='greater', interval=1, max_keep_ckpts=1
    ).train()
    assert before == [0, 1, 1]
    names = sorted(path.name for path in tmp_path.glob('*.pth'))
    assert names == ['best_score_epoch_3.pth', 'epoch_3.pth']


@pytest.mark.parametrize(
    'saving', [dict(interval=1), dict(interval=100, save_best='score', rule='greater')]
)
def test_nothing_is_saved_when_another_process_has_nan(tmp_path, monkeypatch, saving):
    another_has_nan(monkeypatch)
    with pytest.raises(FloatingPointError, match='iteration 2 x has .* in process 1'):
        toy_runner(tmp_path, **saving).train()
    assert not list(tmp_path.glob('*.pth'))


def test_a_best_checkpoint_is_no_place_to_resume_from(tmp_path):
    toy_runner(tmp_path, save_best='score', rule='greater', interval=1).train()
    (tmp_path / 'epoch_3.pth').write_bytes(b'')
    toy_runner(tmp_path, epochs=4, resume=True, interval=1).train()
    log = ''.join(path.read_text() for path in tmp_path.rglob('*.log'))
    assert f'resuming from {tmp_path}/epoch_2.pth instead' in log


def test_a_resumed_run_keeps_the_seed_of_its_checkpoint(tmp_path):
    whole = toy_runner(tmp_path / 'whole', epochs=4, interval=1).train()
    toy_runner(tmp_path / 'parts', epochs=2, interval=1).train()
    parts = toy_runner(tmp_path / 'parts', 4, seed=7, resume=True, interval=1).train()
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, parts.state_dict()[name]), name


def test_a_full_disk_during_a_run_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    toy_runner(tmp_path, epochs=2, interval=1, max_keep_ckpts=1).train()

    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='epoch_3.pth could not be written'):
        toy_runner(tmp_path, 3, resume=True, interval=1, max_keep_ckpts=1).train()
    assert is_intact(tmp_path / 'epoch_2.pth')
    assert (tmp_path / 'last_checkpoint').read_text().endswith('epoch_2.pth')
    assert not (tmp_path / 'epoch_3.pth').exists()


def test_pointers_to_nothing(tmp_path):
    runner = SimpleNamespace(work_dir=tmp_path, logger=logging.getLogger())
    pointer = tmp_path / 'last_checkpoint'
    pointer.write_text('')
    fall_back_to_intact(runner, tmp_path, 'epoch_{}.pth')
    assert not pointer.exists()
    pointer.write_text('gone.pth')
    with pytest.raises(ValueError, match='gone.pth is damaged or missing, and'):
        fall_back_to_intact(runner, tmp_path, 'epoch_{}.pth')


def test_a_flipped_byte_is_seen_and_leftovers_go(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save(dict(weight=torch.arange(5000.0)), path)
    assert is_intact(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not is_intact(path)
    (tmp_path / 'epoch_2.pth.partial').touch()
    remove_partial(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['epoch_1.pth']


def test_a_run_does_not_go_on_from_a_flipped_bit_in_its_weights(tmp_path):
    """Which reads as another number, without an error."""
    toy_runner(tmp_path, epochs=1, interval=1).train()
    path = tmp_path / 'epoch_1.pth'
    assert can_resume(path)
    bits = load_safely(path)['state_dict']['layer.weight'].numpy().tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(bits)] ^= 1
    path.write_bytes(content)
    assert load_safely(path)['state_dict']['layer.weight'].numpy().tobytes() != bits
    assert not can_resume(path)


@pytest.mark.skipif(not HAS_ALLOW_LIST, reason='of torch with a list of names')
def test_checkpoints_load_without_running_code(tmp_path):
    toy_runner(tmp_path, epochs=1, interval=1).train()
    # mmengine's own resume, in an earlier test, takes types off torch's list.
    importlib.reload(safe_load)
    loaded = torch.load(tmp_path / 'epoch_1.pth', weights_only=True)
    assert {'state_dict', 'message_hub', 'optimizer'} <= set(loaded)


def test_a_missing_checkpoint_is_not_called_damaged(tmp_path):
    with pytest.raises(MissingFileError, match=r'gone.pth does not exist'):
        load_safely(tmp_path / 'gone.pth')
