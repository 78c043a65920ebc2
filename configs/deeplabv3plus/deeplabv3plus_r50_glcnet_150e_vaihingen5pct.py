"""DeepLabV3+ from GLCNet's encoder on 5 % of ISPRS Vaihingen's labels.

    python tools/train.py configs/glcnet/glcnet_r50_400e_vaihingen.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_r50_glcnet_150e_vaihingen5pct.py

Everything but the start is that of the random baseline, which says how the labelled
windows are drawn.
"""

_base_ = './deeplabv3plus_r50_random_150e_vaihingen5pct.py'
custom_hooks = [
    dict(type='ExactResumeHook'),
    dict(type='DataSummaryHook'),
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_r50_400e_vaihingen/epoch_400.pth',
        level='encoder',
    ),
]
