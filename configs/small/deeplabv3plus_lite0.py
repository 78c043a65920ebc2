"""DeepLabV3+ on EfficientNet-Lite0 for small machines, from random weights.

    python tools/train.py configs/small/deeplabv3plus_lite0.py

Needs timm: pip install 'glcnet_mm[timm]'.
"""

_base_ = ['./deeplabv3plus.py', '../_base_/models/lite0.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.lite0),
    decode_head=dict(in_channels=320, c1_in_channels=24),
)
