"""GLCNet (TGRS 2022) on the Dubai aerial images, sized for two CPU cores.

    python tools/train.py configs/dubai/glcnet_r18_dubai.py

Learns from every pixel of areas 1 to 6 without a label. Figures: docs/results.md.
"""

_base_ = [
    '../_base_/models/glcnet_r50.py',
    '../_base_/datasets/views.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
view_size = 96
batch_size = 64
model = dict(
    backbone=dict(depth=18, in_channels=3),
    neck=dict(decode_head=dict(in_channels=512, channels=128, c1_in_channels=64)),
    global_head=dict(in_channels=128),
    local_head=dict(in_channels=128, side=20),
)
view1 = dict(geometry=[dict(type='CropResize', size=view_size)])
view2 = dict(
    geometry=[
        dict(type='CropResize', size=view_size),
        dict(type='FlipAxes'),
        dict(type='QuarterTurns', p=0.8),
    ],
    # Stronger than the paper's: these few areas differ in colour so much that its
    # ranges leave an easy way to tell the windows apart.
    photometry=[
        dict(
            type='PhotometryGroup',
            p=0.8,
            operations=[
                dict(type='HueSaturationValue', saturation=0.2, value=0.1, p=0.8),
                dict(
                    type='BrightnessContrast',
                    brightness=(0.6, 1.4),
                    contrast=(0.6, 1.4),
                ),
                dict(type='PixelNoise', share=0.001),
            ],
        ),
        dict(type='CopyBand', p=0.2),
        dict(type='BlurBands', p=0.5),
    ],
)
optim_wrapper = dict(type='Bfloat16OptimWrapper')
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='InfinitePerSampleSampler'),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='DubaiDataset',
        data_root='data/dubai_aerial',
        areas=[1, 2, 3, 4, 5, 6],
        labelled=False,
        window=128,
        num_windows=6400,
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[view1, view2]),
            dict(type='PackViews'),
        ],
    ),
)
