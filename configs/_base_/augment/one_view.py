# GLCNet's augmentation for fine-tuning, methods of the authors' code with its faults
# mended: one warp for image and label, class numbers never mixed, border ignored.
geometry = [
    dict(type='FlipAxes', horizontal=0.2, vertical=0.2, both=0.2),
    dict(type='QuarterTurns', p=1.0),
    dict(type='ShiftScale', shift=0.1, scale=(0.9, 1.1), aspect=(0.9, 1.1), p=0.5),
]
photometry = [
    dict(
        type='HueSaturationValue',
        hue=60.0,
        saturation=5 / 255,
        value=15 / 255,
        bands=(0, 1, 2),
        p=0.5,
    )
]
# Further bands are changed by a hundredth only.
photometry_rgbir = [
    *photometry,
    dict(
        type='BrightnessContrast',
        brightness=(0.99, 1.01),
        contrast=(0.99, 1.01),
        bands=[3],
    ),
    dict(type='PixelNoise', share=0.001, bands=[3]),
]
