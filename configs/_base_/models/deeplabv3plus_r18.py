# The segmentor that the weights of the small methods go into.
_base_ = './deeplabv3plus_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    decode_head=dict(
        in_channels=256,
        channels=96,
        c1_in_channels=32,
        dilations=_base_.small_rates,
    ),
)
