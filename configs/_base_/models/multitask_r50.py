# Multi-task pre-training (Li, Chen, Shi, JSTARS 2021) of ResNet-50 at stride 32.
_base_ = './glcnet_r50.py'
model = dict(
    _delete_=True,
    type='MultiTask',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(
        type='ResNetWithStem',
        depth=50,
        in_channels=_base_.bands,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        norm_cfg=_base_.norm_cfg,
        style='pytorch',
        zero_init_residual=False,
    ),
    restoration_head=dict(
        type='RestorationHead',
        in_channels=(64, 256, 512, 1024, 2048),
        bands=_base_.bands,
    ),
    transform_head=dict(type='TransformClassHead', in_channels=2048),
    exemplar_head=dict(
        type='GlobalStyleHead',
        name='exemplar',
        in_channels=2048,
        hidden_channels=1024,
        embedding_channels=512,
        sigmoid=True,
        pool=dict(type='MeanPool'),
        # The published temperature is 1, which hardly tells images apart.
        contrast=dict(type='NTXentLoss', temperature=0.2, positive_in_denominator=True),
    ),
)
