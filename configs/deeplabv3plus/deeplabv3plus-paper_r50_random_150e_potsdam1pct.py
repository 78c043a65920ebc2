"""DeepLabV3+ from random weights on 1 % of Potsdam's labels, to the paper's letter.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-paper_r50_random_150e_potsdam1pct.py

1200 iterations, 8 per epoch. Seven outputs as published, of which one is for black
padding; six classes without it:

    --cfg-options model.decode_head.num_classes=6 \
        train_dataloader.dataset.seven_classes=False \
        test_dataloader.dataset.seven_classes=False

Every other difference from the default is a line of docs/methods.md. Published: Kappa
58.27, OA 67.39; not yet run here.
"""

_base_ = './deeplabv3plus_r50_random_150e_potsdam1pct.py'
norm_cfg = dict(momentum=0.9)
model = dict(
    backbone=dict(norm_cfg=norm_cfg),
    decode_head=dict(
        dilations=_base_.published_rates, norm_cfg=norm_cfg, num_classes=7
    ),
)
# The paper's; the code's is 0.0001.
optim_wrapper = dict(optimizer=dict(lr=0.001))
train_dataloader = dict(dataset=dict(seven_classes=True))
test_dataloader = dict(dataset=dict(seven_classes=True))
# At 16 x 16 cells the branch of rate 18 is a 1x1 convolution.
default_hooks = dict(dead_taps=dict(published=True))
custom_hooks = [
    dict(type='FanInInitHook', default=['backbone.conv1']),
    *_base_.custom_hooks,
]
