# TMCNet for small machines; see glcnet_r18.py.
_base_ = './tmcnet_r50.py'
model = dict(
    backbone=dict(
        optical=dict(depth=18, base_channels=32),
        sar=dict(depth=18, base_channels=32),
    ),
    neck=dict(
        decode_head=dict(
            in_channels=256,
            channels=96,
            c1_in_channels=32,
            dilations=_base_.small_rates,
        )
    ),
    global_head=dict(in_channels=96),
    local_head=dict(in_channels=96, side=20),
)
