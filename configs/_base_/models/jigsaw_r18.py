# Jigsaw puzzles for small machines; see glcnet_r18.py. Cells of 42 px have a map of
# 3 x 3 positions.
_base_ = './jigsaw_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    neck=dict(
        decode_head=dict(
            in_channels=256,
            channels=96,
            c1_in_channels=32,
            dilations=(1, 1, 2, 2),
        ),
        widths=[4 * 96, 256],
        pool=dict(side=2),
    ),
)
