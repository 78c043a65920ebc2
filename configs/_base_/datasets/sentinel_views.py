# Unlabelled windows of Sentinel-2 and -1, two views of 96 px.
_base_ = ['../views/glcnet_96px.py', './sentinel.py', './views_loader.py']
view2 = dict(
    _base_.view2,
    photometry=[
        dict(
            type='PhotometryGroup',
            p=0.8,
            operations=[
                # Red, green and blue are B04, B03 and B02.
                dict(
                    type='HueSaturationValue',
                    hue=60.0,
                    saturation=5 / 255,
                    value=15 / 255,
                    bands=(3, 2, 1),
                    p=0.5,
                ),
                dict(
                    type='BrightnessContrast',
                    brightness=(0.9, 1.1),
                    contrast=(0.9, 1.1),
                    bands=_base_.optical_bands,
                ),
                dict(type='PixelNoise', share=0.001, bands=_base_.optical_bands),
            ],
        ),
        dict(type='BlurBands', p=0.5, bands=_base_.optical_bands),
        dict(
            type='GainSpeckle',
            bands=_base_.sar_bands,
            domain='decibels',
            span=_base_.sar_span,
            looks=10,
            p=0.8,
        ),
    ],
)
train_dataloader = dict(
    dataset=dict(
        type='WindowDataset',
        data_root=_base_.data_root,
        images='train/stack',
        window=128,
        sampling=dict(num_windows=6400, max_invalid_share=0.2),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=_base_.value_range,
                views=[_base_.view1, view2],
            ),
            dict(type='PackViews'),
        ],
    ),
)
