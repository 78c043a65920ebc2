"""DeepLabV3+ from GLCNet's encoder on 1 % of the Dubai windows.

    python tools/train.py configs/dubai/glcnet_r18_dubai.py
    python tools/train.py configs/dubai/deeplabv3plus_r18_glcnet_dubai1pct.py

Everything but the start is that of the random baseline.
"""

_base_ = './deeplabv3plus_r18_random_dubai1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r18_dubai/iter_1600.pth',
        level='encoder',
    ),
]
