# The segmentor that GLCNet's weights go into; parameter names equal those of the neck.
_base_ = './dilation_rates.py'
bands = 4
num_classes = 6
norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
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
    decode_head=dict(
        type='DeepLabV3PlusHead',
        in_channels=2048,
        in_index=-1,
        channels=256,
        dilations=_base_.rates,
        c1_in_channels=256,
        c1_channels=48,
        encoder_dropout=0.5,
        decoder_dropout=0.5,
        dropout_ratio=0.1,
        num_classes=num_classes,
        norm_cfg=norm_cfg,
        align_corners=True,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
