"""A config of a small segmentor that classifies two-band or other rasters."""


def segmentor_config(bands, classes, mean=100, std=50, labels=False):
    """Text of a config whose data set reads ``bands``, counted from 1."""
    label = "dict(type='LoadLabel'), " if labels else ''
    return f"""
default_scope = 'mmseg'
custom_imports = dict(imports=['glcnet_mm'])
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(type='MultiBandPreprocessor', mean={mean}, std={std}),
    backbone=dict(type='ResNet', depth=18, base_channels=4, in_channels={len(bands)}),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=8,
                     num_convs=1, num_classes={len(classes)}),
    test_cfg=dict(mode='whole'))
test_dataloader = dict(dataset=dict(
    type='WindowDataset', images='', window=64, classes={classes},
    pipeline=[dict(type='LoadRaster', bands={bands}), {label}dict(type='PackWindow')]))
"""
