"""GLCNet for small machines on a Swin-T of half its width, from random weights.

python tools/make_sample.py data/sample
python tools/train.py configs/glcnet/glcnet_swin-t_small_sample.py
"""

_base_ = ['./glcnet_r18_small_sample.py', '../_base_/models/swin_t.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.swin_t),
    # The style is that of UPerNet's bottleneck, as of ASPP's.
    neck=dict(decode_head=dict(_delete_=True, **_base_.upernet_head)),
)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.0005, weight_decay=0.01))
