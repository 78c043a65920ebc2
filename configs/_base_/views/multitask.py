# The three images of multi-task pre-training: the view, flipped and turned; the same
# with a distorted block; and the view transformed, cropped and recoloured.
view = dict(
    geometry=[
        dict(type='FlipAxes', horizontal=0.25, vertical=0.25, both=0.25),
        dict(type='QuarterTurns', p=0.8),
    ]
)
jitter = dict(
    type='ColourJitter',
    brightness=(0.7, 1.3),
    contrast=(0.5, 1.5),
    saturation=(0.5, 1.5),
    hue=108.0,
)
distort = dict(type='DistortBlock', photometry=[jitter])
# Crops of 0.7 to 0.95 of the side, resized to the view.
part = dict(type='CropResize', size=256, area=(0.49, 0.9025), aspect=(1.0, 1.0))
change = dict(
    type='TransformView',
    geometry=[part],
    photometry=[jitter, dict(type='GreyBands', p=0.5)],
)
