"""GLCNet (TGRS 2022) on a series of 4-band NAIP images, sized for two CPU cores.

    python tools/train.py configs/glcnet/glcnet_r18_small_naip.py

Any folder of NAIP tiles will do: red, green, blue and near infrared in 8 bits, of which
the fourth is often tagged as alpha; nodata is 0.
"""

_base_ = [
    '../_base_/models/glcnet_r18.py',
    '../_base_/views/glcnet_96px.py',
    '../_base_/datasets/views_loader.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
train_dataloader = dict(
    dataset=dict(
        type='WindowDataset',
        data_root='data/naip_series',
        images='.',
        window=128,
        sampling=dict(num_windows=6400, max_invalid_share=0.2),
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', views=[_base_.view1, _base_.view2]),
            dict(type='PackViews'),
        ],
    ),
)
