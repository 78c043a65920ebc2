"""GLCNet (TGRS 2022) on the Dubai aerial images, sized for two CPU cores.

    python tools/train.py configs/glcnet/glcnet_r18_small_dubai.py

Learns from every pixel of areas 1 to 6 without a label. Figures: docs/results.md.
"""

_base_ = [
    '../_base_/models/glcnet_r18.py',
    '../_base_/views/glcnet_96px.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
batch_size = 64
iterations = 1600
# The views keep the paper's photometry: stronger changes cost accuracy here, where one
# sensor took all areas and colour tells much.
model = dict(backbone=dict(in_channels=3))
param_scheduler = dict(T_max=iterations, end=iterations)
train_cfg = dict(max_iters=iterations)
train_dataloader = dict(
    batch_size=batch_size,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='InfinitePerSampleSampler'),
    collate_fn=dict(type='stack_samples'),
    dataset=dict(
        type='DubaiDataset',
        data_root='data/dubai_aerial',
        areas=[1, 2, 3, 4, 5, 6],
        labelled=False,
        window=128,
        sampling=dict(num_windows=6400),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view1, _base_.view2]),
            dict(type='PackViews'),
        ],
    ),
)
