"""DeepLabV3+ from GLCNet on 1 % of the Dubai windows, all but holding its weights.

    python tools/train.py configs/glcnet/glcnet_r18_small_dubai.py
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-hold_r18_glcnet_small_dubai1pct.py

What was pre-trained learns at a hundredth of the rate.
"""

_base_ = './deeplabv3plus-slow_r18_glcnet_small_dubai1pct.py'
hold = dict(lr_mult=0.01)
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys={'backbone': hold, 'decode_head': hold})
)
