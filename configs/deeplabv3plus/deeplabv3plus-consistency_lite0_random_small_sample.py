"""DeepLabV3+ on EfficientNet-Lite0 that also learns from unlabelled windows.

    python tools/make_sample.py data/sample
    python tools/train.py \
        configs/deeplabv3plus/deeplabv3plus-consistency_lite0_random_small_sample.py

Needs timm: pip install 'glcnet_mm[timm]'.
"""

_base_ = [
    './deeplabv3plus-consistency_r18_random_small_sample.py',
    '../_base_/models/lite0.py',
]
model = dict(
    backbone=dict(_delete_=True, **_base_.lite0),
    decode_head=dict(in_channels=320, c1_in_channels=24),
)
