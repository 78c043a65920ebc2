# GLCNet as in the paper (TGRS 2022): ResNet-50 at output stride 16, plain DeepLabV3+.
_base_ = './dilation_rates.py'
bands = 4
norm_cfg = dict(type='BN', requires_grad=True)
contrast = dict(type='NTXentLoss', temperature=0.5)
model = dict(
    type='GLCNet',
    # uint8 to [-1.6, 1.6] in every band; no statistics of the data.
    data_preprocessor=dict(type='MultiBandPreprocessor', mean=127.5, std=79.6875),
    backbone=dict(
        type='ResNet',
        depth=50,
        in_channels=bands,
        num_stages=4,
        out_indices=(0, 3),
        strides=(1, 2, 2, 1),
        dilations=(1, 1, 1, 2),
        contract_dilation=False,
        norm_cfg=norm_cfg,
        style='pytorch',
        zero_init_residual=False,
    ),
    neck=dict(
        type='SegHeadNeck',
        context='bottleneck',
        decode_head=dict(
            type='DeepLabV3PlusHead',
            in_channels=2048,
            in_index=-1,
            channels=256,
            dilations=_base_.rates,
            c1_in_channels=256,
            c1_channels=48,
            encoder_dropout=0.5,
            decoder_dropout=0.0,
            dropout_ratio=0.0,
            norm_cfg=norm_cfg,
            align_corners=True,
        ),
    ),
    global_head=dict(
        type='GlobalStyleHead',
        in_channels=256,
        hidden_channels=256,
        embedding_channels=64,
        pool=dict(type='StylePool'),
        contrast=contrast,
    ),
    local_head=dict(
        type='LocalMatchingHead',
        in_channels=256,
        embedding_channels=64,
        regions=4,
        side=48,
        contrast=contrast,
    ),
    global_weight=0.5,
)
