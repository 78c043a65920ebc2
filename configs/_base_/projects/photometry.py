# Changes of light for bands that need not be red, green and blue.
any_view = [
    dict(
        type='PhotometryGroup',
        p=0.8,
        operations=[
            dict(type='BrightnessContrast'),
            dict(type='PixelNoise', share=0.001),
        ],
    ),
    dict(type='BlurBands', kernels=(3, 5, 7), p=0.5),
]
any_window = [dict(type='BrightnessContrast')]
