"""GLCNet on the generated sample, sized for two CPU cores: one to two minutes.

python tools/make_sample.py data/sample
python tools/train.py configs/glcnet/glcnet_r18_demo_sample.py
"""

_base_ = [
    '../_base_/models/glcnet_r50.py',
    '../_base_/datasets/sample.py',
    '../_base_/datasets/views_loader.py',
    '../_base_/views/glcnet.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
iterations = 250
view_size = 64
model = dict(
    data_preprocessor=dict(mean=_base_.mean, std=_base_.std),
    backbone=dict(depth=18, base_channels=32),
    neck=dict(
        decode_head=dict(
            in_channels=256,
            channels=64,
            c1_in_channels=32,
            dilations=_base_.small_rates,
        )
    ),
    global_head=dict(in_channels=64),
    local_head=dict(in_channels=64, side=16),
)
param_scheduler = dict(T_max=iterations, end=iterations)
train_cfg = dict(max_iters=iterations)
default_hooks = dict(checkpoint=dict(interval=iterations), logger=dict(interval=10))
view1 = dict(geometry=[dict(type='CropResize', size=view_size)])
view2 = dict(
    geometry=[
        dict(type='CropResize', size=view_size),
        dict(type='FlipAxes'),
        dict(type='QuarterTurns', p=0.8),
    ],
    # Season and light change these scenes more than the paper's ranges do.
    photometry=[
        dict(
            type='PhotometryGroup',
            p=0.9,
            operations=[
                dict(
                    type='BrightnessContrast',
                    brightness=(0.6, 1.3),
                    contrast=(0.7, 1.3),
                ),
                dict(type='PixelNoise', share=0.001),
            ],
        ),
        dict(type='CopyBand', p=0.2),
        dict(type='BlurBands', p=0.2, kernels=(3,)),
    ],
)
train_dataloader = dict(
    dataset=dict(
        type='WindowDataset',
        data_root=_base_.data_root,
        images=['unlabelled/images', 'train/images'],
        window=80,
        sampling=dict(num_windows=6400, max_invalid_share=0.2),
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=_base_.value_range,
                views=[view1, view2],
            ),
            dict(type='PackViews'),
        ],
    ),
)
