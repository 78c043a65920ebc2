# The two views of MPINet: those of MoCo v2, for any number of bands.
size = 224
side = dict(
    geometry=[
        dict(type='CropResize', size=size, area=(0.2, 1.0)),
        dict(type='FlipAxes', horizontal=0.5, vertical=0.0, both=0.0),
    ],
    photometry=[
        dict(
            type='PhotometryGroup',
            p=0.8,
            operations=[
                dict(
                    type='ColourJitter',
                    brightness=(0.6, 1.4),
                    contrast=(0.6, 1.4),
                    saturation=(0.6, 1.4),
                    hue=36.0,
                )
            ],
        ),
        dict(type='GreyBands', p=0.2),
        dict(type='BlurBands', kernels=(3, 5, 7), p=0.5),
    ],
)
