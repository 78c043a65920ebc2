"""SegFormer-B0 for small machines, from random weights, on the generated sample.

python tools/make_sample.py data/sample
python tools/train.py configs/segformer/segformer_mit-b0_random_small_sample.py
"""

_base_ = [
    '../deeplabv3plus/deeplabv3plus_r18_random_small_sample.py',
    '../_base_/models/mit_b0.py',
]
model = dict(
    backbone=dict(_delete_=True, **_base_.mit_b0),
    decode_head=dict(
        _delete_=True,
        num_classes=7,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
        **_base_.segformer_head,
    ),
)
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.0005, weight_decay=0.01))
