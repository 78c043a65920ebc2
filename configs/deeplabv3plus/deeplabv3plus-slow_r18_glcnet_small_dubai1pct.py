"""DeepLabV3+ from GLCNet on 1 % of the Dubai windows, keeping closer to its weights.

    python tools/train.py configs/glcnet/glcnet_r18_small_dubai.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-slow_r18_glcnet_small_dubai1pct.py

What was pre-trained learns at a tenth of the rate: few labels, from other areas
than those to be mapped, bend freely trained features to the labelled windows.
"""

_base_ = [
    './deeplabv3plus_r18_glcnet_small_dubai1pct.py',
    '../_base_/schedules/pretrained_lr.py',
]
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r18_small_dubai/iter_1600.pth',
        level='decoder123',
    ),
]
optim_wrapper = dict(paramwise_cfg=dict(custom_keys=_base_.pretrained_lr))
