# The two views of GLCNet: view 1 is cropped and resized only, view 2 goes through the
# full chain. Ranges are those of the authors' code, its faults are mended.
view_size = 224
view1 = dict(geometry=[dict(type='CropResize', size=view_size)])
view2 = dict(
    geometry=[
        dict(type='CropResize', size=view_size),
        dict(type='FlipAxes', horizontal=0.2, vertical=0.2, both=0.2),
        dict(type='QuarterTurns', p=0.8),
    ],
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
                # On 3 bands the authors' code leaves these two out; the paper does not.
                dict(
                    type='BrightnessContrast',
                    brightness=(0.9, 1.1),
                    contrast=(0.9, 1.1),
                ),
                dict(type='PixelNoise', share=0.001),
            ],
        ),
        dict(type='CopyBand', p=0.1),
        dict(type='BlurBands', kernels=(3, 5, 7), p=0.5),
    ],
)
