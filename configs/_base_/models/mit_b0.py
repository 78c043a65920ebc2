# SegFormer-B0: its encoder for four bands, and its decode head. Both stages write them
# with `_delete_=True`, for what a ResNet or an ASPP takes is no setting of theirs.
mit_b0 = dict(
    type='MixVisionTransformer',
    in_channels=4,
    embed_dims=32,
    num_layers=[2, 2, 2, 2],
    num_heads=[1, 2, 5, 8],
    patch_sizes=[7, 3, 3, 3],
    sr_ratios=[8, 4, 2, 1],
    # Strides 4, 8, 16 and 32.
    out_indices=(0, 1, 2, 3),
    mlp_ratio=4,
    qkv_bias=True,
    drop_path_rate=0.1,
)
segformer_head = dict(
    type='SegformerHead',
    in_channels=[32, 64, 160, 256],
    in_index=[0, 1, 2, 3],
    channels=96,
    dropout_ratio=0.1,
    norm_cfg=dict(type='BN', requires_grad=True),
    align_corners=False,
)
