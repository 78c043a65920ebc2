"""GLCNet for small machines on SegFormer-B0, from random weights.

python tools/make_sample.py data/sample
python tools/train.py configs/glcnet/glcnet_mit-b0_small_sample.py
"""

_base_ = ['./glcnet_r18_small_sample.py', '../_base_/models/mit_b0.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.mit_b0),
    neck=dict(
        # The style is that of the backbone's last map, of 256 channels.
        context=None,
        decode_head=dict(_delete_=True, **_base_.segformer_head),
    ),
    global_head=dict(in_channels=256),
)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.0005, weight_decay=0.01))
