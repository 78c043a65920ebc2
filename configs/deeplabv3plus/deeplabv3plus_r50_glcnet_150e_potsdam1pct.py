"""DeepLabV3+ from GLCNet's encoder on 1 % of Potsdam's labels, the code's settings.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_glcnet_150e_potsdam1pct.py

Published: Kappa 71.80, OA 78.05 with seven outputs; see the random baseline beside it.
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_potsdam/epoch_400.pth',
        level='encoder',
    ),
]
