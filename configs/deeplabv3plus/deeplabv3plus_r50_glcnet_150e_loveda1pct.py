"""DeepLabV3+ from GLCNet's encoder on 1 % of LoveDA's labels.

    python tools/train.py configs/glcnet/glcnet_r50_400e_loveda.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_glcnet_150e_loveda1pct.py

Everything but the start is that of the random baseline, which says how the labelled
windows are drawn.
"""

_base_ = './deeplabv3plus_r50_random_150e_loveda1pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r50_400e_loveda/epoch_400.pth',
        level='encoder',
    ),
]
