# The same for small machines.
_base_ = './optical_sar.py'
crop = dict(type='CropResize', size=96)
view1 = dict(geometry=[crop])
view2 = dict(
    geometry=[
        crop,
        dict(type='FlipAxes', horizontal=0.2, vertical=0.2, both=0.2),
        dict(type='QuarterTurns', p=0.8),
    ]
)
