"""Multi-task pre-training for small machines, on the generated sample.

    python tools/make_sample.py data/sample
    python tools/train.py configs/multitask/multitask_r18_small_sample.py

Only a backbone is learnt: fine-tune with level='backbone'.
"""

_base_ = [
    '../_base_/models/multitask_r18.py',
    '../_base_/datasets/sample_views_96px.py',
    '../_base_/views/multitask.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
change = dict(_base_.change, geometry=[dict(_base_.part, size=96)])
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews',
                value_range=_base_.value_range,
                crop=96,
                views=[_base_.view],
            ),
            _base_.distort,
            change,
            dict(type='PackViews'),
        ]
    )
)
