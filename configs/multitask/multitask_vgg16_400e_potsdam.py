"""Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) of VGG-16 on Potsdam.

python tools/train.py configs/multitask/multitask_vgg16_400e_potsdam.py
"""

_base_ = [
    '../_base_/models/multitask_vgg16.py',
    '../_base_/datasets/multitask_potsdam.py',
    '../_base_/schedules/glcnet_400e.py',
    '../_base_/default_runtime.py',
]
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(lr=0.0005, betas=(0.9, 0.999), weight_decay=0.0)
)
