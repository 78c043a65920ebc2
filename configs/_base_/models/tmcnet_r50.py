# TMCNet (TGRS 2025): a ResNet-50 for each modality, ASPP, decoder and heads shared.
_base_ = './glcnet_r50.py'
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
# Of the paper's code: TuplePerturbationLoss(published=True).
contrast = dict(type='TuplePerturbationLoss', temperature=0.5, max_shifts=16)
model = dict(
    type='TMCNet',
    backbone=dict(
        _delete_=True,
        type='DualBackbone',
        optical=dict(in_channels=3, **stream),
        sar=dict(in_channels=1, **stream),
        bands=dict(optical=[0, 1, 2], sar=[3]),
    ),
    neck=dict(type='DualSegHeadNeck'),
    global_head=dict(contrast=dict(_delete_=True, **contrast)),
    local_head=dict(contrast=dict(_delete_=True, **contrast)),
)
