"""DeepLabV3+ from GLCNet on 1 % of the Dubai windows, all but holding its weights.

    python tools/train.py configs/dubai/glcnet_r18_dubai.py
    python tools/train.py configs/dubai/deeplabv3plus_r18_glcnet_hold_dubai1pct.py

What was pre-trained learns at a hundredth of the rate.
"""

_base_ = './deeplabv3plus_r18_glcnet_slow_dubai1pct.py'
hold = dict(lr_mult=0.01)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'backbone': hold, 'decode_head': hold})
)
