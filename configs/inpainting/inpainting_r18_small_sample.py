"""Inpainting for small machines, on the generated sample.

    python tools/make_sample.py data/sample
    python tools/train.py configs/inpainting/inpainting_r18_small_sample.py

16 holes of 7 px, the paper's share of a view, drawn anew for every sample.
"""

_base_ = [
    '../_base_/models/inpainting_r18.py',
    '../_base_/datasets/sample_views_96px.py',
    '../_base_/schedules/glcnet_iterations.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(mean=_base_.mean, std=_base_.std))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRaster'),
            dict(
                type='MakeViews', value_range=_base_.value_range, views=[_base_.view1]
            ),
            dict(type='MakeHoles', count=16, side=7),
            dict(type='PackViews'),
        ]
    )
)
custom_hooks = [dict(type='ExactResumeHook'), dict(type='DataSummaryHook')]
# The decode head's decoder is built for its names and does not learn.
model_wrapper_cfg = dict(find_unused_parameters=True)
