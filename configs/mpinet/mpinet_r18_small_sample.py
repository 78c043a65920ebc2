"""MPINet for small machines, on the generated sample.

    python tools/make_sample.py data/sample
    python tools/train.py configs/mpinet/mpinet_r18_small_sample.py

Only a backbone is learnt: fine-tune with level='backbone'.
"""

_base_ = [
    '../_base_/models/mpinet_r18.py',
    '../_base_/datasets/sample_views_96px.py',
    '../_base_/views/mpinet.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
side = dict(_base_.side)
side['geometry'] = [
    dict(type='CropResize', size=96, area=(0.2, 1.0)),
    _base_.side.geometry[1],
]
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(type='MakeViews', value_range=_base_.value_range, views=[side, side]),
            dict(type='PackViews'),
        ]
    )
)
