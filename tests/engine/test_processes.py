"""Several processes: killed, asked to stop, frozen, and started by Slurm."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from glcnet_mm.models.weights.safe_pickle import load_safely
from tests.processes import ForkedTool

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def environment():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = str(probe.getsockname()[1])
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    return dict(
        os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', PATH=path, PORT=port,
        MASTER_ADDR='127.0.0.1', MASTER_PORT=port,
    )  # fmt: skip


@pytest.fixture
def start(finetuning, environment):
    """Starts a command in a session of its own; its output goes to a file."""
    started = []

    def begin(*command, **further):
        log = open(finetuning.parent / f'log{len(started)}.txt', 'w+')
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=finetuning.parent,
            env=dict(environment, **further),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append((process, log))
        return process

    begin.output = lambda: Path(started[-1][1].name).read_text()
    yield begin
    for process, log in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        log.close()


@pytest.fixture
def start_rank(finetuning, environment, tmp_path):
    """Starts one of two processes of a training, as a launcher does."""
    started = []

    def begin(number, *options, tool='train.py'):
        group = {k: environment[k] for k in ('MASTER_ADDR', 'MASTER_PORT')}
        group |= dict(RANK=str(number), LOCAL_RANK=str(number), WORLD_SIZE='2')
        log = tmp_path / f'rank{number}.txt'
        command = [tool, finetuning, '--launcher', 'pytorch', *options]
        started.append(ForkedTool(*command, cwd=tmp_path, log=log, **group))
        return started[-1]

    yield begin
    for tool in started:
        if tool.poll() is None:
            tool.kill(group=True)


def wait_for(ready, process, seconds=600):
    end = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None and time.monotonic() < end, process.poll()
        time.sleep(0.05)


def weights(path):
    return load_safely(path)['state_dict']


def test_dist_train_stopped_and_killed_ends_bit_for_bit_the_same(
    finetuning, start, start_rank, tmp_path
):
    steps = 12
    settings = [
        '--cfg-options', f'train_cfg.max_iters={steps}', f'param_scheduler.end={steps}',
        'train_dataloader.num_workers=1',
    ]  # fmt: skip

    def run(*options):
        work = ['--work-dir', tmp_path / 'parts', *options, *settings]
        return start('bash', ROOT / 'tools/dist_train.sh', finetuning, 2, *work)

    def reached(number):
        saved = re.findall(r'iter_(\d+)', ' '.join(os.listdir(tmp_path / 'parts')))
        return max(map(int, saved), default=0) >= number

    whole = ['--work-dir', tmp_path / 'whole', *settings]
    for rank in [start_rank(number, *whole) for number in (0, 1)]:
        assert rank.wait() == 0, rank.output
    (tmp_path / 'parts').mkdir()
    stopped = run()
    wait_for(lambda: reached(2), stopped)
    # To the whole group, workers included, as a scheduler does.
    os.killpg(stopped.pid, signal.SIGTERM)
    assert stopped.wait(300) == 143, start.output()
    assert (tmp_path / 'parts/interrupted.pth').exists(), start.output()
    at = load_safely(tmp_path / 'parts/interrupted.pth')['meta']['iter']
    assert 2 <= at < steps
    killed = run('--resume')
    wait_for(lambda: reached(at + 2), killed)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    last = f'iter_{steps}.pth'
    assert not (tmp_path / 'parts' / last).exists()
    assert run('--resume').wait(900) == 0, start.output()
    whole, parts = (weights(tmp_path / run / last) for run in ('whole', 'parts'))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_run_whose_workers_are_spared_ends(finetuning, tmp_path):
    workers = ['num_workers=1', 'persistent_workers=True']
    options = ['--cfg-options', *(f'train_dataloader.{text}' for text in workers)]
    tool = ForkedTool(
        'train.py', finetuning, *options, cwd=tmp_path, log=tmp_path / 'output.txt'
    )
    try:
        assert tool.wait(300) == 0, tool.output
    finally:
        if tool.poll() is None:
            tool.kill(group=True)


def test_two_processes_save_between_checkpoints(start_rank, tmp_path):
    """The clock of the first is asked; what it saves, all must look at."""
    options = [
        '--work-dir', tmp_path / 'run', '--cfg-options',
        'env_cfg.dist_cfg.timeout=60', 'default_hooks.checkpoint.interval=3',
        'default_hooks.checkpoint.max_minutes=1e-9',
    ]  # fmt: skip
    other, first = start_rank(1, *options), start_rank(0, *options)
    assert first.wait(200) == 0, first.output[-2000:]
    assert other.wait(200) == 0, other.output[-2000:]
    names = {path.name for path in (tmp_path / 'run').glob('*.pth')}
    assert names == {'iter_3.pth', 'iter_4.pth'}


def test_a_frozen_process_ends_the_run_after_the_timeout(start_rank, tmp_path):
    options = [
        '--work-dir', tmp_path / 'run', '--cfg-options',
        'env_cfg.dist_cfg.timeout=10', 'train_cfg.max_iters=1000000',
    ]  # fmt: skip
    frozen, other = start_rank(1, *options), start_rank(0, *options)
    other.wait_until((tmp_path / 'run/iter_2.pth').exists)
    os.kill(frozen.pid, signal.SIGSTOP)
    begun = time.monotonic()
    assert other.wait(200) not in (0, None)
    assert time.monotonic() - begun < 150
    last = other.output.strip().splitlines()[-1]
    assert 'has not answered within the timeout' in last, other.output[-2000:]
    assert list((tmp_path / 'run').glob('iter_*.pth'))


SPOILT = f"""
import os, runpy
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from glcnet_mm.models.bare_model import bare_model

@HOOKS.register_module()
class SpoilHook(Hook):
    priority = 'HIGHEST'

    def __init__(self, rank, what):
        self.here, self.what = rank == int(os.environ['RANK']), what

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter == 0:
            outputs['loss'] = outputs['loss'] + 100
        if runner.iter == 1 and self.here:
            if self.what == 'loss':
                outputs['loss'] = outputs['loss'] * float('nan')
            else:
                value = torch.tensor([torch.nan])
                bare_model(runner.model).register_buffer('odd', value)

runpy.run_path({str(ROOT / 'tools/train.py')!r}, run_name='__main__')
"""
# Each epoch is one iteration.
BY_EPOCH = """
train_dataloader['sampler']['type'] = 'PerSampleSampler'
train_cfg = dict(_delete_=True, type='EpochBasedTrainLoop', max_epochs=9)
param_scheduler['by_epoch'] = True
saving['by_epoch'] = True
custom_hooks.append(dict(type='LowestLossHook'))
"""
MONITOR = "custom_hooks.append(dict(type='CollapseMonitorHook', interval=1))"


@pytest.mark.parametrize(
    ('spoilt', 'further', 'sentence'),
    [
        ('buffer', '', 'At iteration 2 odd has values .* in process {}'),
        ('buffer', BY_EPOCH, 'At iteration 2 odd has values .* in process {}'),
        ('loss', MONITOR, 'The loss is nan at iteration 2'),
    ],
    ids=['saving', 'lowest_loss', 'monitor'],
)
@pytest.mark.parametrize('rank', [0, 1])
def test_nan_in_one_process_ends_all_with_the_same_sentence(
    start_rank, finetuning, tmp_path, spoilt, further, sentence, rank
):
    """Gloo tells at once of a process that has ended; NCCL would wait for it."""
    tool = tmp_path / 'spoilt.py'
    tool.write_text(SPOILT)
    hook = f'dict(type="SpoilHook", rank={rank}, what={spoilt!r})'
    with finetuning.open('a') as config:
        config.write(f'\ncustom_hooks = [{hook}]\n{further}\n')
    ranks = [
        start_rank(number, '--work-dir', tmp_path / 'run', tool=tool)
        for number in (0, 1)
    ]
    assert [process.wait(200) for process in ranks] == [1, 1], ranks[rank].output
    said = {process.output.strip().splitlines()[-1] for process in ranks}
    assert len(said) == 1, said
    assert re.match(f'Error: {sentence.format(rank)}', said.pop())


def has_slurm():
    if shutil.which('sinfo') is None:
        return False
    found = subprocess.run(['sinfo', '-h'], capture_output=True, text=True, timeout=20)
    return found.returncode == 0 and 'idle' in found.stdout


@pytest.mark.skipif(not has_slurm(), reason='no Slurm with an idle node')
def test_slurm_trains_stops_resumes_and_tests(finetuning, start, tmp_path):
    tasks = dict(GPUS='2', GPUS_PER_NODE='0', CPUS_PER_TASK='1')
    partition = subprocess.run(
        ['sinfo', '-h', '-o', '%R'], capture_output=True, text=True
    ).stdout.split()[0]

    def train(*options):
        command = ['bash', ROOT / 'tools/slurm_train.sh', partition, 'trial']
        work = [finetuning, '--work-dir', tmp_path / 'run', *options]
        return start(*command, *work, **tasks)

    endless = ['--cfg-options', 'train_cfg.max_iters=1000000']
    stopped = train(*endless)
    wait_for((tmp_path / 'run/iter_2.pth').exists, stopped)
    job = subprocess.run(
        ['squeue', '-h', '-n', 'trial', '-o', '%i'], capture_output=True, text=True
    ).stdout.split()[0]
    # As at a preemption: the tasks get SIGTERM, and later SIGKILL.
    subprocess.run(['scancel', '--signal=TERM', f'{job}.0'], check=True)
    assert stopped.wait(300) == 143, start.output()[-3000:]
    content = load_safely(tmp_path / 'run/interrupted.pth')
    done = content['meta']['iter']
    assert content['meta']['samples_per_step'] == [2, 2]
    again = train('--resume', *endless)
    wait_for((tmp_path / f'run/iter_{done + 1}.pth').exists, again)
    # To the script alone; srun itself would kill its tasks.
    again.terminate()
    assert again.wait(300) == 143, start.output()[-3000:]
    done = load_safely(tmp_path / 'run/interrupted.pth')['meta']['iter']
    longer = ['--resume', '--cfg-options', f'train_cfg.max_iters={done + 1}']
    assert train(*longer).wait(900) == 0, start.output()[-3000:]
    last = tmp_path / f'run/iter_{done + 1}.pth'
    tested = start(
        'bash', ROOT / 'tools/slurm_test.sh', partition, 'trial', finetuning, last,
        '--work-dir', tmp_path / 'test', **tasks,
    )  # fmt: skip
    assert tested.wait(900) == 0, start.output()[-3000:]
    assert 'Kappa' in start.output()
