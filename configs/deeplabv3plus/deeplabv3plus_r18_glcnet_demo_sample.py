"""DeepLabV3+ from GLCNet's weights on the same windows; all else equals the baseline.

python tools/train.py configs/deeplabv3plus/deeplabv3plus_r18_glcnet_demo_sample.py
"""

_base_ = './deeplabv3plus_r18_random_demo_sample.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r18_demo_sample/iter_250.pth',
        level='decoder123',
    ),
]
