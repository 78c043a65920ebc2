# MoCo v2 (He et al., CVPR 2020; Chen et al., 2020) on the encoder of DeepLabV3+. The
# class is mmpretrain's; view 1 is the query, view 2 the key.
_base_ = './glcnet_r50.py'
model = dict(
    _delete_=True,
    type='mmpretrain.MoCo',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=_base_.model.backbone,
    neck=dict(
        type='EmbeddingNeck',
        decode_head=_base_.model.neck.decode_head,
        widths=[256, 256, 64],
        pool=dict(type='MeanPool'),
    ),
    head=dict(
        type='mmpretrain.ContrastiveHead',
        loss=dict(type='mmpretrain.CrossEntropyLoss'),
        temperature=0.2,
    ),
    queue_len=2048,
    feat_dim=64,
    momentum=0.001,
)
