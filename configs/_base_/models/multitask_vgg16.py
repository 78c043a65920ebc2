# Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) of VGG-16 with batch norm.
_base_ = './multitask_r50.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='MultiBandBackbone',
        bands=_base_.bands,
        backbone=dict(
            type='mmpretrain.VGG',
            depth=16,
            out_indices=(0, 1, 2, 3, 4),
            norm_cfg=_base_.norm_cfg,
        ),
    ),
    restoration_head=dict(in_channels=(64, 128, 256, 512, 512)),
    transform_head=dict(in_channels=512),
    exemplar_head=dict(in_channels=512),
)
