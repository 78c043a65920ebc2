"""UPerNet on a Swin-T of half its width for small machines, from random weights.

python tools/make_sample.py data/sample
python tools/train.py configs/upernet/upernet_swin-t_random_small_sample.py
"""

_base_ = [
    '../deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    '../_base_/models/swin_t.py',
]
model = dict(
    backbone=dict(_delete_=True, **_base_.swin_t),
    decode_head=dict(
        _delete_=True,
        num_classes=7,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
        **_base_.upernet_head,
    ),
)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.0005, weight_decay=0.01))
