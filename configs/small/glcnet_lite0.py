"""GLCNet for small machines on EfficientNet-Lite0, from random weights.

    python tools/make_sample.py data/sample
    python tools/train.py configs/small/glcnet_lite0.py

Needs timm: pip install 'glcnet_mm[timm]'.
"""

_base_ = ['./glcnet.py', '../_base_/models/lite0.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.lite0),
    neck=dict(decode_head=dict(in_channels=320, c1_in_channels=24)),
)
