"""GLCNet for small machines on EfficientNet-Lite0, from random weights.

    python tools/make_sample.py data/sample
    python tools/train.py configs/glcnet/glcnet_lite0_small_sample.py

Needs timm: pip install 'glcnet_mm[timm]'.
"""

_base_ = ['./glcnet_r18_small_sample.py', '../_base_/models/lite0.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.lite0),
    neck=dict(decode_head=dict(in_channels=320, c1_in_channels=24)),
)
