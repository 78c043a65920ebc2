"""The tools as a user calls them: processes, files, folders elsewhere."""

import json
import os
import re
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch

from glcnet_mm.models.weights.checkpoints import read_checkpoint
from tests.processes import ForkedTool

ROOT = Path(__file__).parents[2]
TRAIN = ROOT / 'tools/train.py'


def stock(package):
    return Path(find_spec(package).origin).parent / '.mim/tools/train.py'


def details(output):
    """The log file that the output names; the output itself holds the losses only."""
    named = re.findall(r'All details go to (\S+)', output)
    return '\n'.join([output, *(Path(name).read_text() for name in sorted(set(named)))])


def call(*args, cwd, ok=True):
    """Runs a command in a folder elsewhere, with the package on the path only."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
    done = subprocess.run(
        [str(a) for a in args],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    output = done.stdout + done.stderr
    assert (done.returncode == 0) == ok, output[-3000:]
    return details(output)


def train(config, folder, *options):
    """Trains in a process that has the imports already."""
    work = [config, '--work-dir', folder, *options]
    return fork('train.py', *work, cwd=Path(config).parent)


def fork(tool, *arguments, cwd):
    """Runs a tool in a process that has the imports already."""
    done = ForkedTool(tool, *arguments, cwd=cwd, log=Path(cwd) / 'output.txt')
    assert done.wait() == 0, done.output[-3000:]
    return details(done.output)


@pytest.fixture
def scenes(tmp_path, write_raster):
    """Two 5-band scenes whose three classes differ in texture, with labels."""
    rng = np.random.default_rng(0)
    for number in range(2):
        labels = np.repeat(np.repeat(rng.integers(0, 3, (6, 6), 'uint8'), 32, 0), 32, 1)
        stripes = np.indices(labels.shape).sum(0) % 4 < 2
        noise = rng.normal(0, 60, (5, *labels.shape))
        tint = rng.normal(0, 100, (5, 3, 3)).repeat(64, 1).repeat(64, 2)
        pixels = 1000 + noise + tint + np.where(labels == 1, 300 * (stripes - 0.5), 0)
        pixels += np.where(labels == 2, 300, 0)
        pixels = pixels.clip(1, 4000).astype('uint16')
        pixels[:, :8] = 0
        write_raster(tmp_path / f'images/{number}.tif', pixels, nodata=0)
        write_raster(tmp_path / f'labels/{number}.tif', labels)
    return tmp_path


BASE = (ROOT / 'configs/_base_').as_posix()


@pytest.fixture
def pretraining(scenes):
    """A user's config outside the repository, inheriting from the package's."""
    path = scenes / 'my_glcnet.py'
    path.write_text(f"""
_base_ = [
    '{BASE}/models/glcnet_r50.py',
    '{BASE}/schedules/glcnet_iterations.py',
    '{BASE}/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(mean=1000.0, std=300.0),
    backbone=dict(depth=18, base_channels=8, in_channels=5),
    neck=dict(decode_head=dict(in_channels=64, channels=16, c1_in_channels=8)),
    global_head=dict(in_channels=16, embedding_channels=16),
    local_head=dict(in_channels=16, embedding_channels=16, side=16),
)
crop = dict(type='CropResize', size=48)
optim_wrapper = dict(optimizer=dict(lr=0.003))
param_scheduler = dict(T_max=24, end=24)
train_cfg = dict(max_iters=24)
default_hooks = dict(checkpoint=dict(interval=24), logger=dict(interval=1))
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    drop_last=True,
    sampler=dict(type='InfinitePerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='WindowDataset',
        images='{scenes}/images',
        window=64,
        sampling=dict(num_windows=64, max_invalid_share=0.3),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=(0, 4000),
                views=[
                    dict(geometry=[crop]),
                    dict(
                        geometry=[crop, dict(type='FlipAxes')],
                        photometry=[dict(type='BrightnessContrast')],
                    ),
                ],
            ),
            dict(type='PackViews'),
        ],
    ),
)
""")
    return path


@pytest.fixture
def finetuning(scenes):
    path = scenes / 'my_deeplab.py'
    path.write_text(f"""
_base_ = [
    '{BASE}/models/deeplabv3plus_r50.py',
    '{BASE}/schedules/finetune_iterations.py',
    '{BASE}/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(mean=1000.0, std=300.0),
    backbone=dict(depth=18, base_channels=8, in_channels=5),
    decode_head=dict(
        in_channels=64, channels=16, c1_in_channels=8, num_classes=3
    ),
)
param_scheduler = dict(end=30)
train_cfg = dict(max_iters=30)
default_hooks = dict(checkpoint=dict(interval=30))
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='{scenes}/pre/iter_24.pth',
        level='decoder123',
    ),
]
data = dict(
    type='WindowDataset',
    images='{scenes}/images',
    labels='{scenes}/labels',
    classes=['plain', 'rows', 'bright'],
    palette=[(10, 20, 30), (200, 100, 0), (0, 200, 100)],
    window=64,
)
load = [dict(type='LoadRaster'), dict(type='LoadLabel')]
pack = [dict(type='PackWindow')]
augment = [dict(type='AugmentWindow', geometry=[dict(type='FlipAxes')])]
train_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='InfinitePerSampleSampler'),
    dataset=dict(pipeline=load + augment + pack, **data),
)
test_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=load + pack, **data),
)
test_evaluator = dict(type='ConfusionMatrixMetric', out_file='{scenes}/scores.json')
""")
    return path


def losses(output):
    return [float(v) for v in re.findall(r'Iter\(train\).*?  loss: ([\d.]+)', output)]


def test_pretrain_finetune_test_and_map(scenes, pretraining, finetuning):
    here = scenes / 'elsewhere'
    here.mkdir()
    python = sys.executable
    output = call(python, TRAIN, pretraining, '--work-dir', scenes / 'pre', cwd=here)
    history = losses(output)
    assert len(history) == 24
    assert np.mean(history[-4:]) < np.mean(history[:4]) - 0.1
    output = train(finetuning, scenes / 'fine')
    assert re.search(r'loaded: \d+', output) and 'missing: 0' in output
    assert 'label rows' in output
    checkpoint = scenes / 'fine/iter_30.pth'
    test = [ROOT / 'tools/test.py', finetuning, checkpoint]
    options = ['--out', scenes / 'out', '--show-dir', scenes / 'shown', '--tta']
    call(python, *test, '--work-dir', scenes / 'test', *options, cwd=here)
    scores = json.loads((scenes / 'scores.json').read_text())
    assert scores['overall']['OA'] > 60
    written, shown = (
        {p.stem for p in (scenes / d).iterdir()} for d in ('out', 'shown')
    )
    assert len(written) == 18
    assert shown == {name.rsplit('_', 2)[0] for name in written}
    scene, out = scenes / 'images/0.tif', scenes / 'map.tif'
    call(
        python,
        ROOT / 'tools/predict_scene.py',
        scene,
        out,
        '--config',
        finetuning,
        '--checkpoint',
        checkpoint,
        cwd=here,
    )
    with rasterio.open(scene) as image, rasterio.open(out) as result:
        assert result.crs == image.crs and result.transform == image.transform
        classes = result.read(1)
        assert (classes[:8] == result.nodata).all()
        truth = rasterio.open(scenes / 'labels/0.tif').read(1)
        assert (classes[8:] == truth[8:]).mean() > 0.6
        assert result.colormap(1)[1][:3] == (200, 100, 0)


def test_simclr_learns_from_the_same_data(scenes, pretraining):
    options = ['model.local_head=None', 'model.global_head.pool.type=MeanPool']
    options += ['train_cfg.max_iters=48', 'param_scheduler.T_max=48']
    options += ['param_scheduler.end=48']
    work = scenes / 'simclr'
    history = losses(train(pretraining, work, '--cfg-options', *options))
    assert np.mean(history[-4:]) < np.mean(history[:4]) - 0.1


def of_method(pretraining, name, settings, first='global_head'):
    """The pre-training config's text for another method, its model new from a part."""
    text = pretraining.read_text().replace('glcnet_r50.py', f'{name}_r50.py')
    start, end = text.index(f'    {first}='), text.index(')\ncrop')
    return f'{text[:start]}    {settings}\n{text[end:]}'


def test_moco_learns_from_the_same_data(scenes, pretraining):
    settings = 'queue_len=32, feat_dim=16, momentum=0.03, head=dict(temperature=0.1)'
    text = of_method(pretraining, 'moco', settings)
    text = text.replace('c1_in_channels=8)', 'c1_in_channels=8), widths=[16, 16, 16]')
    text = re.sub(r'(T_max|end|max_iters)=24', r'\1=400', text)
    pretraining.write_text(text)
    output = train(pretraining, scenes / 'moco')
    history = losses(output)
    # The loss rises while keys replace the queue's random start, and then falls.
    assert np.mean(history[-8:]) < np.mean(history[12:20]) - 0.1


def test_jigsaw_learns_from_the_same_data(scenes, pretraining):
    text = of_method(pretraining, 'jigsaw', 'head=dict(in_channels=16, orders=2)')
    text = text.replace('c1_in_channels=8)', 'c1_in_channels=8), widths=[144, 16]')
    end = "            ),\n            dict(type='PackViews')"
    views = slice(text.index('                views=['), text.index(end))
    text = text.replace(text[views], '                views=[dict(geometry=[])],\n')
    cells = "dict(type='JigsawCells', cell=20, crop=16, orders=2)"
    text = text.replace("dict(type='PackViews')", f"{cells}, dict(type='PackViews')")
    text = re.sub(r'(T_max|end|max_iters)=24', r'\1=60', text)
    pretraining.write_text(text)
    output = train(pretraining, scenes / 'jigsaw')
    history = losses(output)
    assert np.mean(history[-8:]) < np.mean(history[:8]) - 0.05


def one_view(text, step):
    """The pre-training config's text with one view and a further step."""
    first = text.index('                    dict(geometry=[crop]),')
    views = slice(first, text.index('                ],\n', first))
    text = text.replace(text[views], '                    dict(geometry=[crop])\n')
    return text.replace("dict(type='PackViews')", f"{step}, dict(type='PackViews')")


def test_inpainting_learns_from_the_same_data(scenes, pretraining):
    head = 'in_channels=16, skip_channels=(32, 16), bands=5, channels=16'
    text = of_method(pretraining, 'inpainting', f'head=dict({head})')
    text = one_view(text, "dict(type='MakeHoles', count=8, side=8)")
    pretraining.write_text(text)
    output = train(pretraining, scenes / 'inpainting')
    history = losses(output)
    assert np.mean(history[-4:]) < 0.8 * np.mean(history[:4])


def test_multitask_learns_from_the_same_data(scenes, pretraining):
    heads = """restoration_head=dict(in_channels=(64, 8, 16, 32, 64), bands=5),
    transform_head=dict(in_channels=64, hidden_channels=32),
    exemplar_head=dict(in_channels=64, hidden_channels=32, embedding_channels=16),"""
    text = of_method(pretraining, 'multitask', heads, first='neck')
    steps = (
        "dict(type='DistortBlock', photometry=[dict(type='ColourJitter')]), "
        "dict(type='TransformView', geometry=[crop], photometry=[])"
    )
    pretraining.write_text(one_view(text, steps))
    output = train(pretraining, scenes / 'multitask')
    for part, least in (('restoration', 1.0), ('exemplar', 0.15)):
        history = [float(x) for x in re.findall(rf'loss_{part}: ([\d.]+)', output)]
        assert np.mean(history[-4:]) < np.mean(history[:4]) - least, part
    assert 'transform_accuracy' in output


def test_mpinet_learns_from_the_same_data_and_resumes_with_its_queues(
    scenes, pretraining
):
    neck = 'in_channels=(8, 16, 32, 64), channels=16, grid=6, hidden_channels=32'
    settings = f'neck=dict({neck}, embedding_channels=16), queue_len=32, momentum=0.03'
    text = of_method(pretraining, 'mpinet', settings, first='neck')
    text = re.sub(r'(T_max|end|max_iters)=24', r'\1=80', text)
    text = text.replace('checkpoint=dict(interval=24)', 'checkpoint=dict(interval=40)')
    pretraining.write_text(text)
    output = train(pretraining, scenes / 'whole')
    for part in ('image', 'pixel'):
        history = [float(x) for x in re.findall(rf'loss_{part}: ([\d.]+)', output)]
        assert np.mean(history[-8:]) < np.mean(history[12:20]) - 0.05, part
    whole = read_checkpoint(scenes / 'whole/iter_80.pth').weights
    assert whole['pixel_queue.position'] == 0 and whole['image_queue.keys'].any()
    for name in ('iter_80.pth', 'last_checkpoint'):
        (scenes / 'whole' / name).unlink()
    (scenes / 'whole/last_checkpoint').write_text(str(scenes / 'whole/iter_40.pth'))
    train(pretraining, scenes / 'whole', '--resume')
    again = read_checkpoint(scenes / 'whole/iter_80.pth').weights
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def two_streams(text):
    """The same config for TMCNet: three optical and two SAR bands."""
    start = text.index('    backbone=dict(')
    end = text.index('    neck=dict(')
    narrow = 'depth=18, base_channels=8'
    backbone = f"""    backbone=dict(
        optical=dict({narrow}),
        sar=dict({narrow}, in_channels=2),
        bands=dict(sar=[3, 4]),
    ),
"""
    speckle = "dict(type='GainSpeckle', bands=[3, 4], domain='intensity', p=1)"
    for old, new in (
        (text[start:end], backbone),
        ('glcnet_r50', 'tmcnet_r50'),
        ("[dict(type='BrightnessContrast')]", f'[{speckle}]'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def test_tmcnet_learns_feeds_mssnet_and_maps_two_rasters(
    scenes, pretraining, finetuning
):
    pretraining.write_text(two_streams(pretraining.read_text()))
    output = train(pretraining, scenes / 'pre')
    found = losses(output)
    assert np.mean(found[-5:]) < np.mean(found[:5]) - 0.1
    text = finetuning.read_text().replace('deeplabv3plus_r50', 'mssnet_r50')
    start = text.index('    backbone=dict(')
    end = text.index('    decode_head=dict(')
    backbone = pretraining.read_text()
    backbone = backbone[backbone.index('    backbone=') : backbone.index('    neck=')]
    neck = '    neck=dict(in_channels=(8, 64), reduction=2),\n'
    finetuning.write_text(text[:start] + backbone + neck + text[end:])
    output = train(finetuning, scenes / 'fine')
    assert 'missing: 0' in output and 'mismatched: 0' in output
    found = losses(output)
    assert np.mean(found[-1:]) < found[0]
    with rasterio.open(scenes / 'images/0.tif') as file:
        pixels, profile = file.read(), file.profile
    for name, bands in (('optical', pixels[:3]), ('sar', pixels[3:])):
        (scenes / name).mkdir()
        profile.update(count=len(bands))
        with rasterio.open(scenes / f'{name}/0.tif', 'w', **profile) as file:
            file.write(bands)
    fork(
        'predict_scene.py', scenes / 'optical/0.tif',
        scenes / 'map.tif', '--further', scenes / 'sar/0.tif', '--config', finetuning,
        '--checkpoint', scenes / 'fine/iter_30.pth', cwd=scenes,
    )  # fmt: skip
    with rasterio.open(scenes / 'map.tif') as file:
        assert file.transform == profile['transform'] and file.crs == profile['crs']
        assert set(np.unique(file.read())) <= {0, 1, 2, 255}


@pytest.mark.parametrize('package', ['mmseg', 'mmpretrain'])
def test_stock_train_scripts_run_the_same_config(scenes, pretraining, package):
    script = stock(package)
    if not script.exists():
        pytest.skip(f'{package} was installed without its tools')
    options = ['--cfg-options', 'train_cfg.max_iters=2']
    work = ['--work-dir', scenes / 'work']
    output = call(sys.executable, script, pretraining, *work, *options, cwd=scenes)
    ours = train(pretraining, scenes / 'ours', *options)
    assert losses(output) == losses(ours) and len(losses(ours)) == 2


@pytest.mark.parametrize('method', ['glcnet', 'tmcnet'])
def test_two_processes_on_cpus_equal_one(scenes, pretraining, method):
    """Without batch norm, two halves of a batch learn what the whole learns."""
    if method == 'tmcnet':
        # All broken tuples: a draw of some would be another in each process.
        every = 'contrast=dict(max_shifts=None), embedding_channels=16'
        text = two_streams(pretraining.read_text())
        pretraining.write_text(text.replace('embedding_channels=16', every))
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        os.environ['PORT'] = str(probe.getsockname()[1])
    text = pretraining.read_text()
    group_norm = "norm_cfg=dict(type='GN', num_groups=4, _delete_=True)"
    text = text.replace('base_channels=8', f'base_channels=8, {group_norm}')
    text = text.replace(
        'c1_in_channels=8', f'c1_in_channels=8, encoder_dropout=0.0, {group_norm}'
    )
    # With channels last, the rounding in the stem depends on the size of the batch, and
    # pooling over nodata then chooses another of the pixels that are nearly equal.
    text = text.replace('std=300.0', 'std=300.0, channels_last=False')
    # Rounding, which each processor and torch does in its own way, soon decides which
    # of equal pixels a pooling takes.
    text = text.replace('max_iters=24', 'max_iters=2')
    text = text.replace('interval=24', 'interval=2')
    # Plain gradient steps: Adam would turn differences of 1e-8 into whole steps.
    sgd = "dict(type='SGD', lr=0.1, _delete_=True)"
    text = text.replace(
        'optimizer=dict(lr=0.003)', f"type='OptimWrapper', optimizer={sgd}"
    )
    pretraining.write_text(text)
    train(pretraining, scenes / 'one')
    environment_python = Path(sys.executable).parent
    os.environ['PATH'] = f'{environment_python}:{os.environ["PATH"]}'
    output = call(
        'bash',
        ROOT / 'tools/dist_train.sh',
        pretraining,
        '2',
        '--work-dir',
        scenes / 'two',
        '--cfg-options',
        'train_dataloader.batch_size=4',
        cwd=scenes,
    )
    assert len(losses(output)) == 2
    one, two = (
        read_checkpoint(scenes / run / 'iter_2.pth').weights for run in ('one', 'two')
    )
    assert one.keys() == two.keys()
    apart = {k: (one[k].double() - two[k].double()).abs().max().item() for k in one}
    # Rounding, which grows towards the first layers: a wrong share of the gradient
    # would show in the heads at once.
    assert max(apart.values()) < dict(glcnet=1e-5, tmcnet=2e-4)[method], apart
    heads = [value for name, value in apart.items() if '_head.projection' in name]
    assert heads and max(heads) < 1e-6, apart


def test_a_mistake_ends_with_one_sentence(scenes, pretraining):
    for path in (scenes / 'images').iterdir():
        path.unlink()
    tool = ForkedTool('train.py', pretraining, cwd=scenes, log=scenes / 'output.txt')
    assert tool.wait() == 1
    output = tool.output
    told = [line for line in output.splitlines() if 'images holds no rasters' in line]
    assert any(line.startswith('Error: ') for line in told)


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_stock_options_are_there(tool, tmp_path):
    script = stock('mmseg').parent / tool
    if not script.exists():
        pytest.skip('mmseg was installed without its tools')
    ours, theirs = (
        set(re.findall(r'--[a-z_-]+', call(sys.executable, s, '--help', cwd=tmp_path)))
        for s in (ROOT / 'tools' / tool, script)
    )
    assert theirs <= ours
