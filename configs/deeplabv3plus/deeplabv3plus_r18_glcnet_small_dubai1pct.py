"""DeepLabV3+ from GLCNet's encoder on 1 % of the Dubai windows.

    python tools/train.py configs/glcnet/glcnet_r18_small_dubai.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r18_glcnet_small_dubai1pct.py

Everything but the start is that of the random baseline.
"""

_base_ = './deeplabv3plus_r18_random_small_dubai1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r18_small_dubai/iter_1600.pth',
        level='encoder',
    ),
]
