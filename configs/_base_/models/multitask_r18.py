# Multi-task pre-training for small machines; see glcnet_r18.py.
_base_ = './multitask_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    restoration_head=dict(in_channels=(64, 32, 64, 128, 256)),
    transform_head=dict(in_channels=256, hidden_channels=512),
    exemplar_head=dict(in_channels=256, hidden_channels=256, embedding_channels=64),
)
