# MPINet (Liu, Li, Li, Adv. Space Res. 2025) on ResNet-50 at stride 32.
_base_ = './glcnet_r50.py'
model = dict(
    _delete_=True,
    type='MPINet',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=dict(
        type='ResNet',
        depth=50,
        in_channels=_base_.bands,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        norm_cfg=_base_.norm_cfg,
        style='pytorch',
        zero_init_residual=False,
    ),
    neck=dict(
        type='MultiScaleFusionNeck',
        in_channels=(256, 512, 1024, 2048),
        channels=512,
        grid=14,
    ),
    frequency_loss=dict(type='FocalFrequencyLoss', log_matrix=True),
    # 65536 keys would be four epochs old on a set of some ten thousand windows.
    queue_len=4096,
    momentum=0.001,
    temperature=0.2,
    pixel_weight=0.5,
)
