"""What the Slurm scripts ask for and what a task makes of it, without a Slurm."""

import functools
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from glcnet_mm.errors import UserError
from glcnet_mm.launch import slurm_environment

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts a command in front of all others; returns the file that it writes to."""

    def put(name, script):
        command = tmp_path / 'bin' / name
        command.parent.mkdir(exist_ok=True)
        command.write_text(f'#!/bin/sh\n{script}\n')
        command.chmod(0o755)

    monkeypatch.setenv('PATH', f'{tmp_path}/bin:{os.environ["PATH"]}')
    for name in ('GPUS', 'GPUS_PER_NODE', 'CPUS_PER_TASK', 'SRUN_ARGS'):
        monkeypatch.delenv(name, raising=False)
    for name in [n for n in os.environ if n.startswith(('SLURM_', 'MASTER_'))]:
        monkeypatch.delenv(name)
    return put


def asked(stand_in, script, *arguments, status=0, **environment):
    stand_in('srun', f'printf "%s\\n" "$@"\nexit {status}')
    done = subprocess.run(
        ['bash', TOOLS / script, *arguments],
        env=dict(os.environ, **environment),
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    'script, tool, named',
    [
        ('slurm_train.sh', 'train.py', ['my config.py']),
        ('slurm_test.sh', 'test.py', ['my config.py', 'iter 9.pth']),
    ],
)
def test_the_scripts_start_a_task_per_process(stand_in, script, tool, named):
    further = ['--cfg-options', 'a.b="x y"']
    words = asked(stand_in, script, 'part', 'my job', *named, *further)
    begin = words.index('python')
    assert words[:begin] == [
        '-p', 'part', '--job-name=my job', '--gres=gpu:8', '--ntasks=8',
        '--ntasks-per-node=8', '--cpus-per-task=5', '--kill-on-bad-exit=1',
    ]  # fmt: skip
    assert words[begin + 1] == '-u' and Path(words[begin + 2]) == TOOLS / tool
    assert words[begin + 3 :] == [*named, '--launcher', 'slurm', *further]


def test_tasks_without_gpus_ask_for_none(stand_in):
    words = asked(
        stand_in, 'slurm_train.sh', 'part', 'job', 'config.py',
        GPUS='2', GPUS_PER_NODE='0', CPUS_PER_TASK='1', SRUN_ARGS='--mem 4G',
    )  # fmt: skip
    assert not any('gres' in word for word in words)
    assert {'--ntasks=2', '--ntasks-per-node=2', '--cpus-per-task=1'} <= set(words)
    assert words[words.index('--mem') + 1] == '4G'


@pytest.mark.parametrize('script', ['slurm_train.sh', 'slurm_test.sh'])
def test_the_status_of_the_tasks_is_that_of_the_script(stand_in, script):
    asked(stand_in, script, 'part', 'job', 'config.py', 'iter_9.pth', status=143)


@pytest.mark.parametrize(
    ('sent', 'passed', 'status'),
    [(signal.SIGTERM, 'TERM', 143), (signal.SIGINT, 'INT', 130)],
)
def test_a_signal_to_the_script_lets_the_tasks_save(
    stand_in, tmp_path, sent, passed, status
):
    """Of the steps that run it is the one of the script's own srun that is told."""
    put_srun_that_runs(stand_in, tmp_path)
    step = 'StepId={} UserId=0 State=RUNNING SrunHost:Pid=%s:%s\\n'
    stand_in(
        'scontrol',
        f'here=$(hostname -s); pid=$(cat {tmp_path}/pid)\n'
        f'printf "{step.format("7.0")}" "$here" "${{pid}}0"\n'
        f'printf "{step.format("8.1")}" "$here" "$pid"\n'
        f'printf "{step.format("9.0")}" "other$here" "$pid"',
    )
    stand_in('scancel', f'echo "$@" > {tmp_path}/told\nkill "$(cat {tmp_path}/pid)"')
    assert stopped(tmp_path, sent) == status
    assert (tmp_path / 'told').read_text().split() == [f'--signal={passed}', '8.1']


def test_a_job_that_waits_for_its_turn_is_taken_back(stand_in, tmp_path):
    put_srun_that_runs(stand_in, tmp_path)
    stand_in('scontrol', 'echo "No steps currently exist in the system"')
    stand_in('scancel', f'touch {tmp_path}/told')
    assert stopped(tmp_path, signal.SIGTERM) == 143
    assert not (tmp_path / 'told').exists() and (tmp_path / 'ended').exists()


def put_srun_that_runs(stand_in, folder):
    ended = f"trap 'touch {folder}/ended; exit 9' TERM"
    pid = f'echo $$ > {folder}/new && mv {folder}/new {folder}/pid'
    stand_in('srun', f'{ended}\n{pid}\nfor i in $(seq 600); do sleep 0.1; done')


def stopped(folder, number):
    """The script's status when it gets a signal, srun's processes not."""
    command = ['bash', TOOLS / 'slurm_train.sh', 'part', 'job', 'config.py']
    # A shell cannot trap what was ignored when it began, as in a background job.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, start_new_session=True, preexec_fn=heed) as script:
        end = time.monotonic() + 60
        while not (folder / 'pid').exists():
            assert script.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        script.send_signal(number)
        return script.wait(60)


def test_a_task_finds_its_group(stand_in, monkeypatch):
    stand_in('scontrol', '[ "$*" = "show hostnames n[7-8]" ] && printf "n7\\nn8\\n"')
    task = dict(PROCID='3', NTASKS='4', LOCALID='1', STEP_NODELIST='n[7-8]')
    task['JOB_ID'] = '20017'
    for name, value in task.items():
        monkeypatch.setenv(f'SLURM_{name}', value)
    found = dict(RANK='3', WORLD_SIZE='4', LOCAL_RANK='1')
    there = dict(MASTER_ADDR='n7', MASTER_PORT='20017')
    assert slurm_environment() == found | there
    monkeypatch.setenv('SLURM_JOB_ID', '40018')  # ports end at 65535
    assert slurm_environment()['MASTER_PORT'] == '20018'
    own = dict(MASTER_ADDR='n9', MASTER_PORT='5')
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    assert dict(os.environ) | slurm_environment() == dict(os.environ) | found | own
    monkeypatch.delenv('SLURM_NTASKS')
    with pytest.raises(UserError, match=r'needs SLURM_NTASKS, which srun sets: start'):
        slurm_environment()
