# A ResNet-50 for each modality, optical first; TMCNet and MSSNet share it.
stream = dict(
    type='ResNet',
    depth=50,
    num_stages=4,
    out_indices=(0, 3),
    strides=(1, 2, 2, 1),
    dilations=(1, 1, 1, 2),
    contract_dilation=False,
    norm_cfg=dict(type='BN', requires_grad=True),
    style='pytorch',
    zero_init_residual=False,
)
dual_backbone = dict(
    type='DualBackbone',
    optical=dict(in_channels=3, **stream),
    sar=dict(in_channels=1, **stream),
    bands=dict(optical=[0, 1, 2], sar=[3]),
)
