"""A pickle that would write a file, at every entry that reads a checkpoint."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, Runner, load_checkpoint
from torch import nn

from glcnet_mm.models.weights import safe_load, safe_pickle
from glcnet_mm.models.weights.safe_pickle import load_safely

ROOT = Path(__file__).parents[2]
KINDS = ('zip', 'legacy', 'raw')


class Hostile:
    """Writes a file while it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.system, (f'touch {self.trace}',)


@pytest.fixture
def hostile(tmp_path):
    """Writes a hostile checkpoint of a kind; returns its path and that of the trace."""

    def write(kind='zip', path=None):
        path, trace = path or tmp_path / f'{kind}.pth', tmp_path / 'trace'
        meta = dict(epoch=0, iter=2)
        content = dict(state_dict={'w': torch.ones(2)}, meta=meta, bad=Hostile(trace))
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == 'raw':
            path.write_bytes(pickle.dumps(content))
        else:
            torch.save(content, path, _use_new_zipfile_serialization=kind == 'zip')
        # The file is as dangerous as it should be.
        if kind != 'raw':
            torch.load(path, weights_only=False)
        else:
            pickle.loads(path.read_bytes())
        assert trace.exists()
        trace.unlink()
        return path, trace

    return write


@pytest.fixture(params=[True, False], ids=['new_torch', 'old_torch'])
def either_reader(request, monkeypatch):
    """Torch's own restricted reader, and ours for torch up to 2.5."""
    if request.param and not safe_pickle.HAS_ALLOW_LIST:
        pytest.skip('this torch has no list of allowed names')
    monkeypatch.setattr(safe_pickle, 'HAS_ALLOW_LIST', request.param)


@pytest.mark.parametrize('kind', KINDS)
def test_nothing_runs_while_mmengine_loads(hostile, kind, either_reader):
    path, trace = hostile(kind)
    for read in (
        load_safely,
        lambda name: CheckpointLoader.load_checkpoint(str(name)),
        lambda name: load_checkpoint(nn.Linear(2, 2), str(name)),
        lambda name: safe_load.load_url(name.as_uri(), str(name.parent)),
    ):
        with pytest.raises(ValueError, match=rf'{path}.* cannot be read safely'):
            read(path)
    assert not trace.exists()


def test_a_hostile_tar_file_is_refused(tmp_path, hostile, either_reader):
    """Torch up to 2.5.1 unpickled them in full even when restricted."""
    import tarfile

    path, trace = hostile('raw')
    with tarfile.open(tmp_path / 'old.pth', 'w') as tar:
        for name in ('storages', 'tensors', 'pickle'):
            content = path.read_bytes()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with pytest.raises(ValueError, match='cannot be read safely'):
        load_safely(tmp_path / 'old.pth')
    assert not trace.exists()


HISTORY = f'c{HistoryBuffer.__module__}\nHistoryBuffer\n'
# What writes a file, or would lead to it, by opcodes; TRACE is the file.
CALLS = dict(
    eval="cbuiltins\neval\n(Vopen('TRACE', 'w')\ntR.",
    old_eval="c__builtin__\neval\n(Vopen('TRACE', 'w')\ntR.",
    exec="cbuiltins\nexec\n(Vopen('TRACE', 'w')\ntR.",
    open='cio\nopen\n(VTRACE\nVw\ntR.',
    instance='(VTRACE\nVw\nibuiltins\nopen\n.',
    system='cposix\nsystem\n(Vtouch TRACE\ntR.',
    hub='ctorch.hub\nload\n(VTRACE\nVw\ntR.',
    load='ctorch\nload\n(VTRACE\ntR.',
    imported='cimportlib\nimport_module\n(Vantigravity\ntR.',
    partial='cfunctools\npartial\n(cbuiltins\nopen\nVTRACE\nVw\ntR.',
    of_a_method=f'cbuiltins\ngetattr\n({HISTORY}V__init__\ntR.',
    of_a_tensor='cbuiltins\ngetattr\n(ctorch\nTensor\nVmean\ntR.',
    of_a_module='cbuiltins\ngetattr\n(ctorch\nTensor\nV__init__\ntR.',
    of_a_name='cbuiltins\ngetattr\n(V{}\nVformat\ntR.',
    changed_class=f'{HISTORY}(N(dVmean\nVTRACE\nstb.',
    changed_function='ctorch._utils\n_rebuild_tensor\n(dV__doc__\nVTRACE\nsb.',
)


@pytest.mark.parametrize('form', ['raw', 'zip'])
@pytest.mark.parametrize('call', CALLS)
def test_no_name_leads_to_code(tmp_path, call, form, either_reader):
    path, trace = tmp_path / 'a.pth', tmp_path / 'trace'
    before = HistoryBuffer.mean, torch._utils._rebuild_tensor.__doc__
    content = CALLS[call].replace('TRACE', str(trace)).encode()
    path.write_bytes(content)
    if form == 'zip':
        torch.save({}, path)
        with zipfile.ZipFile(path) as whole:
            files = {name: whole.read(name) for name in whole.namelist()}
        with zipfile.ZipFile(path, 'w') as changed:
            for name, data in files.items():
                changed.writestr(name, content if name.endswith('data.pkl') else data)
    with pytest.raises(ValueError, match='cannot be read safely'):
        load_safely(path)
    assert not trace.exists()
    assert before == (HistoryBuffer.mean, torch._utils._rebuild_tensor.__doc__)


@pytest.mark.parametrize(
    'version, new', [('2.1.0', 0), ('2.5.1+cpu', 0), ('2.6.0', 1), ('2.14.0', 1)]
)
def test_which_torch_takes_which_reader(version, new):
    assert safe_pickle.can_allow_names(version) == bool(new)


def test_a_download_is_read_safely_too(hostile, tmp_path, monkeypatch):
    path, trace = hostile('zip')
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    monkeypatch.setenv('MMENGINE_HOME', str(tmp_path))
    (tmp_path / 'open_mmlab.json').write_text('{"mine": "zip.pth"}')
    with pytest.raises(ValueError, match='cannot be read safely'):
        safe_load.load_url(path.as_uri())
    # By now the file is where torch keeps what it has downloaded.
    for scheme in ('http', 'https'):
        with pytest.raises(ValueError, match='cannot be read safely'):
            CheckpointLoader.load_checkpoint(f'{scheme}://invalid/{path.name}')
    for name in ('open-mmlab://mine', 'openmmlab://mine'):
        with pytest.raises(ValueError, match='cannot be read safely'):
            CheckpointLoader.load_checkpoint(name)
    for name in ('s3://b/a.pth', 'x:petrel://b/a.pth', 'pavi://a'):
        with pytest.raises(ValueError, match='copy it to a local file'):
            CheckpointLoader.load_checkpoint(name)
    assert not trace.exists()


def test_an_honest_checkpoint_of_mmengine_is_read(tmp_path, either_reader):
    history = HistoryBuffer([0.5, 0.25], [1, 1])
    content = dict(
        meta=dict(epoch=1, iter=2, note=np.float32(2), names=np.array(['a', 'b'])),
        state_dict={'w': torch.arange(3.0), 'p': nn.Parameter(torch.ones(2))},
        half=torch.ones(2, dtype=torch.bfloat16),
        sizes=(torch.Size([2, 3]), torch.float16, slice(1, 2), {1, 2}, 1 + 2j),
        message_hub=dict(
            log_scalars={'loss': history},
            runtime_info=dict(
                values=[np.float64(1.5), np.int64(3), np.bool_(True), np.uint8(7)]
            ),
        ),
    )
    for number, legacy in enumerate((False, True)):
        path = tmp_path / f'{number}.pth'
        torch.save(content, path, _use_new_zipfile_serialization=not legacy)
        read = load_safely(path)
        assert torch.equal(read['state_dict']['w'], torch.arange(3.0))
        assert (
            read['half'].dtype is torch.bfloat16 and read['sizes'] == content['sizes']
        )
        assert read['meta']['note'] == 2 and list(read['meta']['names']) == ['a', 'b']
        assert read['message_hub']['log_scalars']['loss'].mean() == 0.375
        values = read['message_hub']['runtime_info']['values']
        assert values == [1.5, 3, True, 7] and type(values[1]) is np.int64


class Attribute:
    """What ``getattr`` gives while it is unpickled."""

    def __init__(self, owner, name):
        self.asked = owner, name

    def __reduce__(self):
        return getattr, self.asked


@pytest.mark.parametrize(
    'owner, name', [(np.ndarray, 'mean'), (HistoryBuffer, '__init__')]
)
def test_of_attributes_only_names_of_statistics_are_found(
    tmp_path, either_reader, owner, name
):
    path = tmp_path / 'a.pth'
    torch.save(dict(w=torch.ones(1), statistic=Attribute(HistoryBuffer, 'mean')), path)
    assert load_safely(path)['statistic'] is HistoryBuffer.mean
    torch.save(dict(w=torch.ones(1), bad=Attribute(owner, name)), path)
    with pytest.raises(ValueError, match=rf'{path} cannot be read safely.*getattr'):
        load_safely(path)


def test_arrays_of_the_other_numpy_are_read(tmp_path, either_reader):
    """numpy 1 writes numpy.core where numpy 2 writes numpy._core."""
    path = tmp_path / 'a.pth'
    content = dict(w=torch.ones(1), a=np.arange(3), s=np.float64(2))
    torch.save(content, path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    here = b'numpy._core' if b'numpy._core' in data else b'numpy.core'
    other = b'numpy.core' if here == b'numpy._core' else b'numpy._core'
    path.write_bytes(data.replace(here, other))
    read = load_safely(path)
    assert list(read['a']) == [0, 1, 2] and read['s'] == 2


def run(config_file, **changes):
    config = Config.fromfile(config_file)
    config.work_dir = str(config_file.parent / 'work')
    config.experiment_name = f'{config_file.parent.name}_{len(changes)}_{id(config)}'
    config.merge_from_dict(changes)
    return Runner.from_cfg(config)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('entry', ['load_from', 'init_cfg', 'hook', 'test'])
def test_a_run_refuses_it(finetuning, hostile, kind, entry):
    path, trace = hostile(kind)
    start = dict(type='Pretrained', checkpoint=str(path))
    changes = dict(
        load_from={'load_from': str(path)},
        test={'load_from': str(path)},
        init_cfg={'model.backbone.init_cfg': start},
        hook={
            'custom_hooks': [dict(type='LoadPretrainedHook', checkpoint=str(path))],
        },
    )[entry]
    runner = run(finetuning, **changes)
    with pytest.raises(ValueError, match=rf'{path}.* cannot be read safely'):
        runner.test() if entry == 'test' else runner.train()
    assert not trace.exists()


@pytest.mark.parametrize('kind', KINDS)
def test_a_resumed_run_refuses_it(finetuning, hostile, kind):
    work = finetuning.parent / 'work'
    path, trace = hostile(kind, work / 'iter_2.pth')
    (work / 'last_checkpoint').write_text(str(path))
    with pytest.raises(ValueError, match='1 checkpoints in .* are damaged'):
        run(finetuning, resume=True).train()
    assert not trace.exists()


def test_the_config_in_a_checkpoint_is_not_run(finetuning, tmp_path):
    """mmengine runs the text under meta.config as a config on resuming."""
    runner = run(finetuning, **{'train_cfg.max_iters': 1})
    runner.train()
    path, trace = tmp_path / 'work/iter_1.pth', tmp_path / 'trace'
    content = load_safely(path)
    content['meta']['config'] = f'import os\nos.system("touch {trace}")\n'
    torch.save(content, path)
    run(finetuning, resume=True, **{'train_cfg.max_iters': 2}).train()
    assert (tmp_path / 'work/iter_2.pth').exists() and not trace.exists()


@pytest.mark.parametrize('kind', KINDS)
def test_the_tools_refuse_it(finetuning, hostile, call_tool, tmp_path, kind):
    path, trace = hostile(kind)
    image, config = tmp_path / 'images/a.tif', finetuning
    work = ['--work-dir', tmp_path / 'work']
    mapping = ['--config', config, '--checkpoint', path]
    for call in (
        ['test.py', config, path, *work],
        ['train.py', config, *work, '--cfg-options', f'load_from={path}'],
        ['predict_scene.py', image, tmp_path / 'map.tif', *mapping],
        ['export_backbone.py', path, tmp_path / 'out.pth'],
    ):
        sentence = call_tool(call[0], tmp_path, *call[1:])[1]
        assert f'{path} cannot be read safely' in str(sentence), call
    assert not trace.exists()


@pytest.mark.slow
@pytest.mark.parametrize('package', ['mmseg', 'mmpretrain'])
@pytest.mark.parametrize('entry', ['load_from', 'test'])
def test_stock_scripts_with_our_config_refuse_it(finetuning, hostile, package, entry):
    name = 'test.py' if entry == 'test' else 'train.py'
    script = Path(find_spec(package).origin).parent / '.mim/tools' / name
    if not script.exists():
        pytest.skip(f'{package} was installed without its tools')
    path, trace = hostile('zip')
    command = [sys.executable, script, finetuning]
    command += [path] if entry == 'test' else []
    command += ['--work-dir', finetuning.parent / 'work']
    command += ['--cfg-options', f'load_from={path}'] if entry == 'load_from' else []
    done = subprocess.run(
        command,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'),
        cwd=finetuning.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert f'{path} cannot be read safely' in done.stderr, done.stderr[-2000:]
    assert done.returncode != 0 and not trace.exists()
