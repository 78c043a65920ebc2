"""DeepLabV3+ from multi-task pre-training on 1 % of Potsdam's labels.

python tools/train.py \
    configs/deeplabv3plus/deeplabv3plus_r50_multitask_150e_potsdam1pct.py
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/multitask_r50_400e_potsdam/epoch_400.pth',
        level='backbone',
    ),
]
