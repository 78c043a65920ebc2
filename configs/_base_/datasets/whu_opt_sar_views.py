# Unlabelled windows of WHU-OPT-SAR, two views of 224 px.
_base_ = './yeseg_views.py'
# Red, green, blue and near infrared, then SAR.
optical_bands = [0, 1, 2, 3]
view2 = dict(
    _base_.view2,
    photometry=[
        dict(
            type='PhotometryGroup',
            p=0.8,
            operations=[
                dict(
                    type='HueSaturationValue',
                    hue=60.0,
                    saturation=5 / 255,
                    value=15 / 255,
                    bands=(0, 1, 2),
                    p=0.5,
                ),
                dict(
                    type='BrightnessContrast',
                    brightness=(0.9, 1.1),
                    contrast=(0.9, 1.1),
                    bands=optical_bands,
                ),
                dict(type='PixelNoise', share=0.001, bands=optical_bands),
            ],
        ),
        dict(type='CopyBand', p=0.1, bands=optical_bands),
        dict(type='BlurBands', kernels=(3, 5, 7), p=0.5, bands=optical_bands),
        dict(type='GainSpeckle', bands=[4], domain='amplitude', looks=10, p=0.8),
    ],
)
train_dataloader = dict(
    dataset=dict(
        type='WhuOptSarDataset',
        data_root='data/whu_opt_sar',
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view1, view2]),
            dict(type='PackViews'),
        ],
    )
)
