"""DeepLabV3+ from GLCNet's encoder on 1 % of Potsdam's labels, to the paper's letter.

    python tools/train.py configs/glcnet/glcnet-paper_r50_400e_potsdam.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-paper_r50_glcnet_150e_potsdam1pct.py

The random baseline beside it says what differs from the default. Published: Kappa
71.80, OA 78.05; not yet run here.
"""

_base_ = './deeplabv3plus-paper_r50_random_150e_potsdam1pct.py'
custom_hooks = [
    *_base_.custom_hooks,
    dict(
        type='LoadPretrainedHook',
        checkpoint='work_dirs/glcnet-paper_r50_400e_potsdam/lowest_loss.pth',
        level='encoder',
    ),
]
