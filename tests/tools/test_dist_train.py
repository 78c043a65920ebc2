"""What dist_train.sh starts, and that a signal to it alone lets the processes save."""

import functools
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture
def start(tmp_path):
    """Starts the script with another ``python``, which runs the given lines."""

    def begin(lines, **environment):
        python = tmp_path / 'python'
        python.write_text(f'#!/bin/sh\ncd {tmp_path}\n{lines}\n')
        python.chmod(0o755)
        # A shell cannot trap what was ignored when it began, as in a background job.
        heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        options = ['--cfg-options', 'a.b="x y"']
        return subprocess.Popen(
            ['bash', TOOLS / 'dist_train.sh', 'my config.py', '2', *options],
            env=dict(os.environ, PATH=f'{tmp_path}:{os.environ["PATH"]}') | environment,
            start_new_session=True,
            preexec_fn=heed,
        )

    return begin


def test_the_processes_get_what_the_script_gets(start, tmp_path):
    place = dict(NNODES='3', NODE_RANK='1', MASTER_ADDR='n7', PORT='123')
    with start('printf "%s\\n" "$@" > told; exit 5', **place) as script:
        assert script.wait(60) == 5
    words = (tmp_path / 'told').read_text().splitlines()
    group = ['nnodes=3', 'node_rank=1', 'master_addr=n7', 'master_port=123']
    begin = 3 + len(group)
    assert words[2:begin] == [*(f'--{text}' for text in group), '--nproc_per_node=2']
    assert Path(words[begin]) == TOOLS / 'train.py'
    assert words[begin + 1 :] == [
        'my config.py', '--launcher', 'pytorch', '--cfg-options', 'a.b="x y"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('sent', 'status'), [(signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_signal_to_the_script_alone_waits_until_all_is_saved(
    start, tmp_path, sent, status
):
    lines = (
        "trap 'sleep 0.5; touch saved; exit 9' TERM\n"
        'touch begun\nfor i in $(seq 600); do sleep 0.1; done'
    )
    with start(lines) as script:
        end = time.monotonic() + 60
        while not (tmp_path / 'begun').exists():
            assert script.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        script.send_signal(sent)
        assert script.wait(60) == status
        assert (tmp_path / 'saved').exists()
