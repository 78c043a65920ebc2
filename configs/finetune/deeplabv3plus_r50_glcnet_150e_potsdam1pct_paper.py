"""DeepLabV3+ from GLCNet's encoder on 1 % of Potsdam's labels, to the paper's letter.

    python tools/train.py configs/glcnet/glcnet_potsdam_paper.py
    python tools/train.py \
        configs/finetune/deeplabv3plus_r50_glcnet_150e_potsdam1pct_paper.py

The random baseline beside it says what differs from the default. Published: Kappa
71.80, OA 78.05; not yet run here.
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct_paper.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet_potsdam_paper/lowest_loss.pth',
        level='encoder',
    ),
]
