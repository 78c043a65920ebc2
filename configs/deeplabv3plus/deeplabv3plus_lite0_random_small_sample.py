"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from random weights.

    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus_lite0_random_small_sample.py

Needs timm: pip install 'glcnet_mm[timm]'.
"""

_base_ = ['./deeplabv3plus_r18_random_small_sample.py', '../_base_/models/lite0.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.lite0),
    decode_head=dict(in_channels=320, c1_in_channels=24),
)
