# MoCo v2 for small machines; see glcnet_r18.py.
_base_ = './moco_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    neck=dict(
        decode_head=dict(
            in_channels=256,
            channels=96,
            c1_in_channels=32,
            dilations=_base_.small_rates,
        ),
        widths=[96, 256, 64],
    ),
)
