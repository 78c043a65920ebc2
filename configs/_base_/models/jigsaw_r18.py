# Jigsaw puzzles for small machines; see glcnet_r18.py. Cells of 32 px have a map of
# 2 x 2 positions.
_base_ = './jigsaw_r50.py'
model = dict(
    backbone=dict(depth=18, base_channels=32),
    neck=dict(
        decode_head=dict(in_channels=256, channels=96, c1_in_channels=32),
        widths=[4 * 96, 256],
        pool=dict(side=2),
    ),
)
