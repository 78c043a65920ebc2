# MSSNet (TGRS 2025): both streams of TMCNet, rectified, fused and decoded. Published:
# reduction=1.
_base_ = ['./deeplabv3plus_r50.py', './dual_r50.py']
model = dict(
    backbone=dict(_delete_=True, **_base_.dual_backbone),
    neck=dict(
        type='RectifyFusionNeck',
        in_channels=(256, 2048),
        reduction=8,
        attention_reduction=4,
        norm_cfg=_base_.norm_cfg,
    ),
    decode_head=dict(context_attention=4),
)
