"""The files of a project as text: facts once, configs thin."""

from collections.abc import Mapping
from pprint import pformat

from ..shipped import shipped_file
from .machine import STAGES, Machine, Sizes

BASES = shipped_file('configs', '_base_', 'projects')
# mmengine puts the folder of the config in its place, so a project can be moved.
# Without blanks, at which pprint would break a long path and the name in two.
HERE = '{{fileDirname}}'

PRETRAIN = '''"""GLCNet on the images, without labels; run it by tools/train.py."""

_base_ = ['./data.py', 'BASES/pretraining_SIZE.py']
data, iterations = _base_.data, _base_.budget.pretraining.iterations
scale = dict(mean=data.mean, std=data.std)
model = dict(backbone=dict(in_channels=len(data.mean)), data_preprocessor=scale)
param_scheduler = dict(T_max=iterations, end=iterations)
train_cfg = dict(max_iters=iterations)
views = [_base_.view1, _base_.view2]
make = dict(type='MakeViews', value_range=data.value_range, views=views)
pipeline = [*data.unlabelled.pipeline, make, dict(type='PackViews')]
train_dataloader = dict(dataset=dict(data.unlabelled, pipeline=pipeline))
train_dataloader.update(_base_.loaders.pretraining)
work_dir = 'HERE/work_dirs/pretrain'
'''
ANY_VIEWS = (
    'views = [_base_.view1, _base_.view2]',
    'views = [_base_.view1, dict(_base_.view2, photometry=_base_.any_view)]',
)
RANDOM = '''"""DeepLabV3+ from random weights; run it by tools/train.py."""

_base_ = ['./data.py', 'BASES/finetuning_SIZE.py']
data, iterations = _base_.data, _base_.budget.finetuning.iterations
model = dict(decode_head=dict(num_classes=len(data.test.classes)))
model['data_preprocessor'] = dict(mean=data.mean, std=data.std)
model['backbone'] = dict(in_channels=len(data.mean))
param_scheduler, train_cfg = dict(end=iterations), dict(max_iters=iterations)
light = dict(photometry=_base_.photometry, value_range=data.value_range)
augment = dict(type='AugmentWindow', geometry=_base_.geometry, **light)
read, pack = [*data.test.pipeline, dict(type='LoadLabel')], dict(type='PackWindow')
train_dataloader = dict(dataset=dict(data.labelled, pipeline=[*read, augment, pack]))
test_dataloader = dict(dataset=dict(data.test, pipeline=[*read, pack]))
train_dataloader.update(_base_.loaders.finetuning)
work_dir = 'HERE/work_dirs/finetune_random'
'''
ANY_WINDOWS = ('photometry=_base_.photometry', 'photometry=_base_.any_window')
PRETRAINED = '''"""DeepLabV3+ from the pre-training; all else as finetune_random.py."""

_base_ = './finetune_random.py'
start = 'HERE/work_dirs/pretrain/iter_%d.pth' % _base_.budget.pretraining.iterations
load = dict(type='LoadPretrainedHook', checkpoint=start, level='encoder')
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook'), load]
work_dir = 'HERE/work_dirs/finetune_pretrained'
'''
STUDY = '''"""What the pre-training brings; run it by tools/label_efficiency.py."""

_base_ = './data.py'
methods = dict(Random=dict(), GLCNet=dict(config='HERE/pretrain.py'))
budget, batches = _base_.budget, _base_.loaders
pretraining = dict(budget.pretraining, batch_size=batches.pretraining.batch_size)
finetuning = dict(budget.finetuning, batch_size=batches.finetuning.batch_size)
finetuning.update(config='HERE/finetune_random.py', pretrained_lr=0.1)
fractions, seeds, every_class = [0.1, 1.0], [0, 1, 2], True
work_dir = 'HERE/work_dirs/study'
'''


def data_text(facts: Mapping, data: Mapping, sizes: Sizes, machine: Machine) -> str:
    """The one file that holds every fact.

    Args:
        facts: What is good to know and nothing reads.
        data: Data sets and scale, as a study takes them.
        sizes: Of the trainings.
        machine: That they are sized for.
    """
    stages = {name: getattr(sizes, name) for name in STAGES}
    budget = {name: dict(iterations=s.iterations) for name, s in stages.items()}
    loaders = {
        name: dict(batch_size=s.batch_size, num_workers=sizes.workers)
        for name, s in stages.items()
    }
    shown = dict(facts=facts, data=data, budget=budget, loaders=loaders)
    parts = [f'{name} = {_shown(value)}\n' for name, value in shown.items()]
    parts.insert(2, f'# Sized for a machine with {machine}.\n')
    head = '# Every fact of this project, once; written by tools/new_project.py.\n'
    return head + ''.join(parts)


def config_texts(size: str, coloured: bool, labelled: bool) -> dict[str, str]:
    """Configs by the names of their files.

    Args:
        size: ``small`` or ``paper``.
        coloured: Whether the first bands are red, green and blue.
        labelled: Whether there is anything to fine-tune on.
    """
    texts = {'pretrain.py': PRETRAIN}
    if labelled:
        texts |= {
            'finetune_random.py': RANDOM,
            'finetune_pretrained.py': PRETRAINED,
            'study.py': STUDY,
        }
    return {name: _filled(text, size, coloured) for name, text in texts.items()}


def _filled(text: str, size: str, coloured: bool) -> str:
    if not coloured:
        for old, new in (ANY_VIEWS, ANY_WINDOWS):
            text = text.replace(old, new)
    text = text.replace('BASES', BASES.as_posix()).replace('SIZE', size)
    return text.replace('HERE', HERE)


def _shown(value: object) -> str:
    return pformat(value, width=88, sort_dicts=False, compact=True)
