# Swin-T of half its width for four bands, and a UPerNet head on it. Both stages write
# them with `_delete_=True`, for what a ResNet or an ASPP takes is no setting of theirs.
swin_t = dict(
    type='SwinTransformer',
    in_channels=4,
    embed_dims=48,
    depths=(2, 2, 6, 2),
    num_heads=(3, 6, 12, 24),
    # Strides 4, 8, 16 and 32.
    out_indices=(0, 1, 2, 3),
    drop_path_rate=0.1,
)
upernet_head = dict(
    type='UPerHead',
    in_channels=[48, 96, 192, 384],
    in_index=[0, 1, 2, 3],
    # The last map of a window of 96 px has 3 cells a side.
    pool_scales=(1, 2, 3),
    channels=96,
    dropout_ratio=0.1,
    norm_cfg=dict(type='BN', requires_grad=True),
    align_corners=False,
)
