# Views of stacked optical and SAR bands: one geometry, photometry by band group. Hue
# makes no sense for radar, whose own changes are gain and speckle.
_base_ = './glcnet.py'
optical_bands = [0, 1, 2]
sar_bands = [3]
optical_photometry = [
    dict(
        type='PhotometryGroup',
        p=0.8,
        operations=[
            dict(
                type='HueSaturationValue',
                hue=60.0,
                saturation=5 / 255,
                value=15 / 255,
                bands=optical_bands,
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
]
# Say what the pixels are: amplitudes here; domain='decibels' with the span of the value
# range where their spread does not grow with their mean.
sar_photometry = [
    dict(type='GainSpeckle', bands=sar_bands, domain='amplitude', looks=10, p=0.8)
]
view2 = dict(photometry=[*optical_photometry, *sar_photometry])
