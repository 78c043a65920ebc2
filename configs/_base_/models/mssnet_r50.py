# MSSNet (TGRS 2025): both streams of TMCNet, rectified, fused and decoded. Published:
# reduction=1, sar_scale=0.1, learn_scale=False.
_base_ = './deeplabv3plus_r50.py'
stream = dict(
    type='ResNet',
    depth=50,
    num_stages=4,
    out_indices=(0, 3),
    strides=(1, 2, 2, 1),
    dilations=(1, 1, 1, 2),
    contract_dilation=False,
    norm_cfg=_base_.norm_cfg,
    style='pytorch',
    zero_init_residual=False,
)
model = dict(
    backbone=dict(
        _delete_=True,
        type='DualBackbone',
        optical=dict(in_channels=3, **stream),
        sar=dict(in_channels=1, **stream),
        bands=dict(optical=[0, 1, 2], sar=[3]),
    ),
    neck=dict(
        type='RectifyFusionNeck',
        in_channels=(256, 2048),
        reduction=8,
        attention_reduction=4,
        norm_cfg=_base_.norm_cfg,
    ),
    decode_head=dict(context_attention=4),
)
