"""Places that cannot be written are found before any work, in every tool."""

import multiprocessing
import random
import resource
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from glcnet_mm.files import partial_name, whole_file
from glcnet_mm.launch import train
from glcnet_mm.writable import check_file, check_folder

FORK = multiprocessing.get_context('fork')
# A file where a folder ought to be cannot be written below, whoever asks.
BLOCKED = 'file/out'
CONFIG = """
default_scope = 'mmseg'
custom_imports = dict(imports=['glcnet_mm'], allow_failed_imports=False)
train_dataloader = dict(dataset=dict(
    type='WindowDataset', images='images', data_root='.', window=8,
    pipeline=[dict(type='LoadRaster')]))
"""
STUDY = """
data = dict(labelled=dict(type='WindowDataset', images='images', window=8),
            test=dict(type='WindowDataset', images='images', window=8))
methods = dict(Random=dict())
finetuning = dict(
    config='configs/deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    iterations=1,
    batch_size=1,
)
work_dir = 'file/out'
"""
TOOLS = {
    'train.py': ['config.py', '--work-dir', BLOCKED],
    'test.py': ['config.py', 'a.pth', '--work-dir', 'here', '--out', BLOCKED],
    'browse_data.py': ['config.py', '--out', BLOCKED],
    'check_data.py': ['config.py', '--manifest', f'{BLOCKED}/sums.txt'],
    'choose_windows.py': ['config.py', BLOCKED, '--budget', '1'],
    'export.py': ['config.py', 'a.pth', f'{BLOCKED}/a.onnx', '--scene', 'images/a.tif'],
    'new_project.py': ['images', BLOCKED],
    'compute_stats.py': ['config.py', f'{BLOCKED}/stats.json'],
    'make_splits.py': ['config.py', BLOCKED],
    'make_sample.py': [BLOCKED],
    'demo.py': [BLOCKED],
    'export_backbone.py': ['a.pth', f'{BLOCKED}/b.pth'],
    'label_efficiency.py': ['study.py'],
    'stack_bands.py': [BLOCKED, 'images'],
    'retile.py': ['images', '--out', BLOCKED],
    'predict_scene.py': [
        'images', f'{BLOCKED}/a.tif', '--config', 'config.py', '--checkpoint', 'a.pth'
    ],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, write_raster):
    (tmp_path / 'file').touch()
    (tmp_path / 'a.pth').touch()
    (tmp_path / 'config.py').write_text(CONFIG)
    (tmp_path / 'study.py').write_text(STUDY)
    write_raster(tmp_path / 'images/a.tif', np.ones((3, 8, 600), 'uint8'))
    return tmp_path


@pytest.mark.parametrize('tool', TOOLS)
def test_every_tool_says_so_before_it_works(folder, call_tool, tool):
    out, end = call_tool(tool, folder, *TOOLS[tool])
    assert isinstance(end, str) and 'file/out' in end and 'cannot be' in end
    assert not out and end.count('\n') == 0


def test_nothing_is_left_where_it_can_be_written(tmp_path):
    check_folder(tmp_path / 'a/b')
    check_file(tmp_path / 'a/c.txt')
    assert not list(tmp_path.iterdir())
    (tmp_path / 'a').mkdir()
    with pytest.raises(ValueError, match='a is a folder; name the file'):
        check_file(tmp_path / 'a')


@pytest.mark.parametrize('typed', [True, False])
def test_temporary_names_cannot_be_foretold(tmp_path, typed):
    names = set()
    for _ in range(9):
        random.seed(0)
        names.add(partial_name(tmp_path / 'out.tif', typed).name)
    assert len(names) == 9 and all(name.startswith('.out.') for name in names)


def test_what_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    out = tmp_path / 'out.txt'
    out.write_text('old')
    with pytest.raises(ZeroDivisionError), whole_file(out) as partial:
        partial.write_text('half')
        raise ZeroDivisionError
    assert [*tmp_path.iterdir()] == [out] and out.read_text() == 'old'


def test_too_little_room_is_told_in_figures(tmp_path):
    with pytest.raises(ValueError, match=r'has room for \d+ MB but \d+ MB are needed'):
        check_folder(tmp_path, 2**60)


def test_a_training_needs_room_for_two_checkpoints(tmp_path, monkeypatch):
    """Each with the two averages that Adam keeps of every weight."""
    trained, usage = [], SimpleNamespace()
    model = torch.nn.BatchNorm1d(36)
    assert sum(v.nbytes for v in model.state_dict().values()) == 4 * 4 * 36 + 8
    usage.free = 2 * 3 * (4 * 4 * 36 + 8) - 1
    runner = SimpleNamespace(
        model=model, work_dir=str(tmp_path), train=lambda: trained.append(1)
    )
    monkeypatch.setattr('shutil.disk_usage', lambda _: usage)
    with pytest.raises(ValueError, match='make room or name another disk'):
        train(runner)
    assert not trained
    usage.free += 1
    train(runner)
    assert trained


def _try(folder, messages):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        check_folder(folder)
    except ValueError as error:
        messages.put(str(error))


def test_a_folder_that_takes_no_more_bytes_is_refused(tmp_path):
    messages = FORK.Queue()
    child = FORK.Process(target=_try, args=(str(tmp_path), messages))
    child.start()
    assert f'{tmp_path} cannot be written' in messages.get(timeout=60)
    child.join()
