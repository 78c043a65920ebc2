# GLCNet for small machines: ResNet-18 of half its width, for on a small budget more
# pairs do more than more channels.
_base_ = './glcnet_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
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
